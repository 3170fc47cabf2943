//! The APIs behind the routes: each takes an admitted request and makes a reply.
//! Invariant: nothing here knows connections, credentials or CORS; nothing in `pipeline` knows HTTP of this side.

mod calls;
mod gemini;
mod health;
mod models;
mod operations;

use vocabulary::ApiError;

use crate::handler::Admitted;
use crate::reply::Reply;
use crate::route::Route;

/// Serves a request whose caller is known.
///
/// # Errors
/// What the caller is told.
pub(crate) async fn serve(route: Route<'_>, admitted: Admitted<'_>) -> Result<Reply, ApiError> {
    match route {
        Route::Chat => calls::chat(admitted).await,
        Route::Responses => calls::responses(admitted).await,
        Route::Messages => calls::messages(admitted).await,
        Route::CountTokens => calls::count_tokens(admitted).await,
        Route::Embeddings => calls::embeddings(admitted).await,
        Route::Gemini(model, method) => gemini::call(admitted, model, method).await,
        Route::GeminiModels => gemini::list(&admitted),
        Route::GeminiModel(id) => gemini::get(&admitted, id),
        Route::Models => models::list(&admitted),
        Route::Model(id) => models::get(&admitted, id),
        Route::Health => Ok(health::alive()),
        Route::Ready => Ok(health::ready(&admitted)),
        Route::Metrics => operations::metrics(&admitted),
        Route::Root => Ok(operations::root(&admitted)),
    }
}
