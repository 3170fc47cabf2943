//! Images that a caller names by address, fetched for a provider that takes only data (spec 03 B16).
//! In: a conversation. Out: the same with the images' bytes, or the 400 that says which one is not to be had, and why.
//! Invariant: only a call that is about to be sent fetches; counting tokens does not come here. A client that leaves ends it.

use std::collections::HashMap;

use dialects::conversation::{AddressedImage, ImageData, Request, Text};
use upstream::{NotFetched, RemoteImages};
use vocabulary::ApiError;

/// The conversation with every image inline; `None` if it names none by its address.
///
/// # Errors
/// 400 with the image's path.
pub(crate) async fn fetched(
    conversation: &Request,
    images: &RemoteImages,
) -> Result<Option<Request>, ApiError> {
    let addressed = conversation.addressed_images();
    if addressed.is_empty() {
        return Ok(None);
    }
    let urls: Vec<Text> = addressed.iter().map(|image| image.url.clone()).collect();
    // Rare and large: its state does not belong into every call's future.
    let fetched = Box::pin(images.fetch_all(urls)).await.map_err(|failure| told(failure, &addressed))?;
    let found: HashMap<Text, ImageData> = addressed
        .into_iter()
        .zip(fetched)
        .map(|(image, data)| {
            let media_type = Text::from_static(data.media_type);
            (image.url, ImageData { media_type, base64: data.base64 })
        })
        .collect();
    Ok(Some(conversation.with_image_data(&found)))
}

fn told(failure: NotFetched, addressed: &[AddressedImage]) -> ApiError {
    let NotFetched { index, error } = failure;
    let told = ApiError::invalid_request(format!("the remote image was not fetched: {error}"));
    let cause = std::error::Error::source(&error).map(ToString::to_string);
    let told = if let Some(cause) = cause { told.with_detail(cause) } else { told };
    match addressed.get(index) {
        Some(image) => told.with_param(image.path.clone()),
        None => told,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use dialects::conversation::loss_table::Feature;
    use dialects::conversation::{Content, Media, MediaSource, Request, Role, Turn};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;
    use tokio_rustls::rustls::ServerConfig;
    use tokio_rustls::rustls::crypto::aws_lc_rs;
    use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
    use upstream::{ImageRules, RemoteImages, Trust};

    use super::fetched;

    /// A request with these images, noted as a decoder does.
    fn request(urls: &[String]) -> Request {
        let image = |url: &String| Content::Image(Media::of(MediaSource::Url(url.as_str().into()))).into();
        let turns = vec![Turn::new(Role::User, urls.iter().map(image).collect())];
        let mut request = Request { turns, ..Request::default() };
        (0..urls.len()).for_each(|index| request.note(Feature::ImageUrl, format!("m[{index}]")));
        request
    }

    /// Answers one call.
    async fn serve_once(listener: TcpListener, acceptor: TlsAcceptor, answer: &str) {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = acceptor.accept(stream).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
    }

    /// A server's side of TLS for `localhost`, and the certificate to trust.
    fn acceptor() -> (TlsAcceptor, String) {
        let issued = rcgen::generate_simple_self_signed(["localhost".into()]).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(issued.signing_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let config = config.with_single_cert(vec![issued.cert.der().clone()], key).unwrap();
        (TlsAcceptor::from(Arc::new(config)), issued.cert.pem())
    }

    #[tokio::test]
    async fn the_bytes_take_the_place_of_the_address_or_the_caller_learns_which_failed() {
        let (acceptor, certificate) = acceptor();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let file = std::env::temp_dir().join(format!("pipeline-images-{port}.pem"));
        std::fs::write(&file, certificate).unwrap();
        let allows = |address: std::net::IpAddr| address.is_loopback();
        let rules = ImageRules { allows, takes_any_port: true, ..ImageRules::default() };
        let trust = Trust::with_ca_file(&file);
        let images = RemoteImages::with_rules(&trust, rules, &runtime::Supervisor::new()).unwrap();
        std::fs::remove_file(&file).unwrap();

        let good = format!("https://localhost:{port}/a.webp");
        let answer = "HTTP/1.1 200 OK\r\ncontent-type: image/webp\r\ncontent-length: 3\r\n\r\nabc";
        let call = request(std::slice::from_ref(&good));
        let (filled, ()) = tokio::join!(fetched(&call, &images), serve_once(listener, acceptor, answer));
        let filled = filled.unwrap().unwrap();
        let Content::Image(media) = &filled.turns[0].parts[0].content else { panic!("{filled:?}") };
        assert_eq!(media.source, MediaSource::Base64("YWJj".into()));
        assert_eq!((media.media_type.as_deref(), filled.notes.len()), (Some("image/webp"), 0));

        // The first is remembered; nobody listens any more.
        let other = format!("https://localhost:{port}/b.webp");
        let error = fetched(&request(&[good, other]), &images).await.unwrap_err();
        assert_eq!((error.status(), error.param()), (400, Some("m[1]")));
        assert_eq!(error.message(), "the remote image was not fetched: its host cannot be reached");
        assert!(fetched(&Request::default(), &images).await.unwrap().is_none());
    }
}
