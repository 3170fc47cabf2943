//! The kinds of single values: what each accepts, what it becomes, and the words of its refusal.
//! In: the text of a scalar. Out: typed values. Lists and structured kinds are in `kinds_of_list` and `provider_block`.

use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use vocabulary::Secret;

use crate::declare::{Field, Kind, Rejection};
use crate::provider_block::ResponsesSupport;
use crate::reader::{Block, Reader};
use crate::settings::{BreakerScope, ConfiguredModelsMode, DemoMode, LogFormat, LogLevel};
use crate::values;
use crate::yaml::Node;

/// Declares a kind without parameters that reads one text.
macro_rules! kind {
    ($(#[doc = $doc:literal])+ $name:ident -> $value:ty, $shown:literal $(, $flag:ident)*; |$text:ident| $parse:expr) => {
        $(#[doc = $doc])+
        pub(crate) struct $name;

        impl Kind for $name {
            type Value = $value;
            const NAME: &'static str = $shown;
            $( const $flag: bool = true; )*

            fn parse($text: &str) -> Result<Self::Value, Rejection> {
                $parse
            }
        }
    };
}

kind! { /// A switch.
Bool -> bool, "boolean"; |text| values::boolean(text).ok_or(Rejection::Not("boolean")) }

kind! { /// A TCP port; 0 lets the system choose.
    Port -> u16, "integer"; |text| match whole(text)? {
        port @ 0..=65535 => Ok(u16::try_from(port).unwrap_or_default()),
        _ => Err(Rejection::Must("be between 0 and 65535".to_owned())),
    }
}

/// A whole number from `MIN` to `MAX`.
pub(crate) struct Count<const MIN: u32, const MAX: u32>;

impl<const MIN: u32, const MAX: u32> Kind for Count<MIN, MAX> {
    type Value = u32;
    const NAME: &'static str = "integer";

    fn parse(text: &str) -> Result<u32, Rejection> {
        let rule = || match MAX {
            u32::MAX => format!("be at least {MIN}"),
            _ => format!("be between {MIN} and {MAX}"),
        };
        let number = u32::try_from(whole(text)?).map_err(|_| Rejection::Must(rule()))?;
        if (MIN..=MAX).contains(&number) { Ok(number) } else { Err(Rejection::Must(rule())) }
    }
}

kind! { /// A failure count; zero or less switches the breaker off.
Threshold -> u32, "integer"; |text| Ok(u32::try_from(whole(text)?.max(0)).unwrap_or(u32::MAX)) }

kind! { /// A signed number.
Integer -> i64, "integer"; |text| whole(text) }

kind! { /// A number of tokens.
Tokens -> u64, "integer"; |text| u64::try_from(whole(text)?).map_err(|_| Rejection::Must("not be negative".to_owned())) }

kind! { /// A limit of tokens that is never refused; 0 stands for a text that is none.
TokenLimit -> u64, "integer"; |text| Ok(text.trim().parse().unwrap_or(0)) }

kind! { /// A switch that only words of denial turn off.
UnlessOff -> bool, "boolean"; |text| Ok(values::boolean(text.trim()) != Some(false)) }

kind! { /// A growth factor.
Factor -> f64, "float"; |text| number(text, |value| value >= 1.0, "be at least 1") }

kind! { /// A share of the whole.
Share -> f64, "float"; |text| number(text, |value| (0.0..=1.0).contains(&value), "be between 0 and 1") }

kind! { /// A time that may be zero.
Span -> Duration, "duration"; |text| span(text) }

kind! { /// A time above zero.
    PositiveSpan -> Duration, "duration"; |text| match span(text)? {
        Duration::ZERO => Err(Rejection::Must("be above 0".to_owned())),
        span => Ok(span),
    }
}

kind! { /// The limit on request bodies, with the bounds of spec 01 §1.3.
    BodySize -> usize, "size"; |text| {
        let refuse = |rule: &str| Rejection::Whole(format!("invalid BODY_SIZE_LIMIT: {text:?} {rule}"));
        let bytes = values::size(text).ok_or_else(|| refuse("is not a valid size (examples: 10M, 10MB, 1024K, 10485760)"))?;
        match usize::try_from(bytes) {
            Ok(bytes @ 1024..=104_857_600) => Ok(bytes),
            _ => Err(refuse("must be between 1K and 100M")),
        }
    }
}

kind! { /// A number of bytes above zero.
    Size -> usize, "size"; |text| match usize::try_from(values::size(text).ok_or(Rejection::Not("size"))?) {
        Ok(bytes @ 1..) => Ok(bytes),
        _ => Err(Rejection::Must("be above 0".to_owned())),
    }
}

kind! { /// Any text; empty is none.
Text -> Option<String>, "string", CLEARABLE; |text| Ok((!text.is_empty()).then(|| text.to_owned())) }

kind! { /// Text that must be there, or stay absent.
Words -> String, "string"; |text| Ok(text.to_owned()) }

kind! { /// Text whose absence and emptiness differ.
EmptyOrWords -> String, "string", EMPTY_COUNTS; |text| Ok(text.to_owned()) }

kind! { /// Text in which an unresolved `${NAME}` stays, for `providers` to judge.
Unresolved -> String, "string", KEEPS_UNRESOLVED; |text| Ok(text.to_owned()) }

kind! { /// A file or directory; empty is none.
FilePath -> Option<PathBuf>, "path", CLEARABLE; |text| Ok((!text.is_empty()).then(|| PathBuf::from(text))) }

kind! { /// A file of one provider.
PlainPath -> PathBuf, "path"; |text| Ok(PathBuf::from(text)) }

kind! { /// A credential; empty is none, blank is a mistake.
    Credential -> Option<Secret>, "secret", SECRET, CLEARABLE; |text| match text {
        "" => Ok(None),
        blank if blank.trim().is_empty() => Err(Rejection::Must("not be blank".to_owned())),
        text => Ok(Some(Secret::new(text))),
    }
}

kind! { /// A credential of a provider, taken as it stands.
ProviderSecret -> Secret, "secret", SECRET, KEEPS_UNRESOLVED; |text| Ok(Secret::new(text)) }

kind! { /// The value of a header that is sent to a provider.
    HeaderValue -> Secret, "secret", SECRET; |text| match text {
        text if text.bytes().any(|b| matches!(b, b'\r' | b'\n' | 0)) => Err(Rejection::Not("header value")),
        text => Ok(Secret::new(text)),
    }
}

kind! { /// Dollars, as decimal text.
    Dollars -> String, "decimal"; |text| match vocabulary::PicoUsd::parse_dollars(text.trim()) {
        Ok(amount) if amount.0 >= 0 => Ok(text.trim().to_owned()),
        Ok(_) => Err(Rejection::Must("not be negative".to_owned())),
        Err(_) => Err(Rejection::Not("decimal")),
    }
}

kind! { /// How the Responses API reaches a provider.
    Responses -> ResponsesSupport, "native or via_chat"; |text| match lower(text).as_str() {
        "native" => Ok(ResponsesSupport::Native),
        "via_chat" => Ok(ResponsesSupport::ViaChat),
        _ => Err(Rejection::Must("be one of: native, via_chat".to_owned())),
    }
}

kind! { /// A proxy URL, which may hold a password; empty is none.
    ProxyUrl -> Option<Secret>, "url", CLEARABLE; |text| match text {
        "" => Ok(None),
        text if is_proxy(text) => Ok(Some(Secret::new(text))),
        _ => Err(Rejection::Not("proxy URL")),
    }
}

kind! { /// The proxy of one provider.
ProviderProxy -> Secret, "url"; |text| if is_proxy(text) { Ok(Secret::new(text)) } else { Err(Rejection::Not("proxy URL")) } }

kind! { /// An `http://` or `https://` URL; empty is none.
    WebUrl -> Option<String>, "url", CLEARABLE; |text| match text {
        "" => Ok(None),
        text if text.starts_with("http://") || text.starts_with("https://") => Ok(Some(text.to_owned())),
        _ => Err(Rejection::Not("URL")),
    }
}

kind! { /// A header field name (RFC 9110 §5.1).
    HeaderName -> String, "header name"; |text| match text.trim() {
        name if is_token(name) => Ok(name.to_owned()),
        _ => Err(Rejection::Not("header name")),
    }
}

kind! { /// A path, cleaned.
CleanPath -> String, "path"; |text| Ok(values::clean_path(text)) }

kind! { /// An IP address to listen on; empty is every interface.
    Address -> Option<IpAddr>, "IP address", CLEARABLE; |text| match text.trim() {
        "" => Ok(None),
        "localhost" => Ok(Some(Ipv4Addr::LOCALHOST.into())),
        text => text.trim_start_matches('[').trim_end_matches(']').parse().map(Some).map_err(|_| Rejection::Not("IP address")),
    }
}

kind! { /// How configured model lists combine with discovered ones.
    ModelsMode -> ConfiguredModelsMode, "merge, fallback or allowlist"; |text| match lower(text).as_str() {
        "merge" => Ok(ConfiguredModelsMode::Merge),
        "fallback" => Ok(ConfiguredModelsMode::Fallback),
        "allowlist" => Ok(ConfiguredModelsMode::Allowlist),
        _ => Err(Rejection::Whole("models.configured_provider_models_mode must be one of: merge, fallback, allowlist".to_owned())),
    }
}

kind! { /// The same, of one provider.
    ProviderModelsMode -> ConfiguredModelsMode, "merge, fallback or allowlist"; |text| match ModelsMode::parse(text) {
        Err(_) => Err(Rejection::Must("be one of: merge, fallback, allowlist".to_owned())),
        mode => mode,
    }
}

kind! { /// What one circuit breaker covers.
    Scope -> BreakerScope, "provider or model"; |text| match lower(text).as_str() {
        "provider" => Ok(BreakerScope::Provider),
        "model" => Ok(BreakerScope::Model),
        _ => Err(Rejection::Must("be one of: provider, model".to_owned())),
    }
}

kind! { /// The form of log lines.
    Format -> LogFormat, "auto, json or text"; |text| match lower(text).as_str() {
        "auto" => Ok(LogFormat::Auto),
        "json" => Ok(LogFormat::Json),
        "text" => Ok(LogFormat::Text),
        _ => Err(Rejection::Must("be one of: auto, json, text".to_owned())),
    }
}

kind! { /// The least important log line that is written.
    Level -> LogLevel, "debug, info, warn or error"; |text| match lower(text).as_str() {
        "debug" | "dbg" => Ok(LogLevel::Debug),
        "info" | "inf" => Ok(LogLevel::Info),
        "warn" | "warning" => Ok(LogLevel::Warn),
        "error" | "err" => Ok(LogLevel::Error),
        _ => Err(Rejection::Must("be one of: debug, info, warn, error".to_owned())),
    }
}

kind! { /// When the demo provider is there.
    Demo -> DemoMode, "false, true or auto"; |text| match (lower(text).as_str(), values::boolean(text)) {
        ("auto", _) => Ok(DemoMode::Auto),
        (_, Some(true)) => Ok(DemoMode::On),
        (_, Some(false)) => Ok(DemoMode::Off),
        _ => Err(Rejection::Must("be one of: false, true, auto".to_owned())),
    }
}

/// A mapping of declared keys.
pub(crate) struct Nested<B>(PhantomData<B>);

impl<B: Block> Kind for Nested<B> {
    type Value = B;
    const NAME: &'static str = "mapping";
    const FIELDS: &'static [Field] = B::FIELDS;
    const LISTED: bool = false;

    fn read(node: &Node, key: &str, reader: &mut Reader<'_>) -> Option<B> {
        reader.block(node, key)
    }
}

fn lower(text: &str) -> String {
    text.trim().to_ascii_lowercase()
}

fn whole(text: &str) -> Result<i64, Rejection> {
    text.trim().parse().map_err(|_| Rejection::Not("integer"))
}

fn number(text: &str, fits: impl Fn(f64) -> bool, rule: &str) -> Result<f64, Rejection> {
    let value: f64 =
        text.trim().parse().ok().filter(|value: &f64| value.is_finite()).ok_or(Rejection::Not("float"))?;
    if fits(value) { Ok(value) } else { Err(Rejection::Must(rule.to_owned())) }
}

fn span(text: &str) -> Result<Duration, Rejection> {
    match values::parse_duration(text) {
        Some(span) => Ok(span),
        None if text.trim().strip_prefix('-').is_some_and(|rest| values::parse_duration(rest).is_some()) => {
            Err(Rejection::Must("not be negative".to_owned()))
        }
        None => Err(Rejection::Not("duration")),
    }
}

/// `host:port` or an `http://` or `https://` URL.
fn is_proxy(text: &str) -> bool {
    match text.split_once("://") {
        Some((scheme, rest)) => matches!(scheme, "http" | "https") && !rest.is_empty(),
        None => !text.contains('/') && !text.contains(char::is_whitespace),
    }
}

/// `token` of RFC 9110 §5.6.2.
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}
