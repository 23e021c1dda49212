//! Where the API is: a base address to which a key may be sent.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

/// The budget, in requests in any sixty seconds, for a host that is not this machine. The edge in front of Chutes
/// bans above about sixty, longer each time (its operator, in issue 15 of chutesai/chutes).
pub const REQUESTS_PER_MINUTE: u32 = 45;

/// The budget of an instance without a history that others see: it cannot know what they spend, so that a few such stay
/// together below what is banned.
pub const REQUESTS_PER_MINUTE_ALONE: u32 = REQUESTS_PER_MINUTE / 3;

/// The production API.
const DEFAULT: &str = "https://api.chutes.ai";
/// Its host.
const DEFAULT_HOST: &str = "api.chutes.ai";

/// The longest address that is taken, in bytes.
const LONGEST: usize = 2048;

/// The base address of a Chutes API, safe to send a key to and safe to show.
///
/// It is `https`, or plain `http` to this machine only; it carries no user name, password, query or
/// fragment, so that [`fmt::Display`] gives nothing away; and it may have a path of its own, which
/// every endpoint is put behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiBase {
    /// Scheme, host, port and path, without a slash at the end.
    text: String,
    /// The host as it stands in the address: `api.chutes.ai`, `127.0.0.1`, `[::1]`.
    host: String,
    loopback: bool,
    secure: bool,
}

impl Default for ApiBase {
    /// `https://api.chutes.ai`.
    fn default() -> Self {
        Self { text: DEFAULT.to_owned(), host: DEFAULT_HOST.to_owned(), loopback: false, secure: true }
    }
}

impl ApiBase {
    /// Takes an address as a person wrote it. Blanks around it and slashes at its end do not count.
    ///
    /// # Errors
    ///
    /// One line that says what was expected. It never repeats the address: that may hold a password.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.len() > LONGEST || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(format!("expected an address without blanks, of at most {LONGEST} bytes, such as {DEFAULT}"));
        }
        let url = Url::parse(text).map_err(|_| format!("expected a whole address such as {DEFAULT}"))?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(format!("expected an address that begins with https://, such as {DEFAULT}"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(format!("expected an address without a user name or password, such as {DEFAULT}"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(format!("expected an address without ? or #, such as {DEFAULT}"));
        }
        let loopback = url.host().is_some_and(|host| is_this_machine(&host));
        let secure = url.scheme() == "https";
        if !secure && !loopback {
            return Err("expected https:// (plain http:// is accepted for this machine only, such as \
                        http://127.0.0.1:8000)"
                .to_owned());
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        Ok(Self { text: url.as_str().trim_end_matches('/').to_owned(), host, loopback, secure })
    }

    /// Whether it is this machine: 127.0.0.0/8, `::1`, `localhost` or a name under `.localhost`.
    ///
    /// Such an address is never reached through a proxy, and has no request budget.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// Whether it is `https`; otherwise it is plain `http`, to this machine.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// The host, without the port: `api.chutes.ai`, `127.0.0.1`, `[::1]`.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The address of an endpoint: `path` begins with a slash and is percent-encoded where needed.
    #[must_use]
    pub fn endpoint(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }
}

impl fmt::Display for ApiBase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// Whether a host is this machine by definition (RFC 6761 for the names), not by what a resolver says.
fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            name == "localhost" || name.ends_with(".localhost")
        }
        Host::Ipv4(address) => IpAddr::V4(*address).is_loopback(),
        Host::Ipv6(address) => IpAddr::V6(*address).is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[test]
    fn the_default_is_what_its_own_address_parses_to() {
        assert_eq!(ApiBase::parse(DEFAULT), Ok(ApiBase::default()));
    }

    #[rstest]
    #[case("https://api.chutes.ai", "https://api.chutes.ai", false)]
    #[case("  https://API.Chutes.ai:443/ ", "https://api.chutes.ai", false)]
    #[case("https://proxy.example:8443/chutes/v1//", "https://proxy.example:8443/chutes/v1", false)]
    #[case("https://localhost.example.com", "https://localhost.example.com", false)]
    #[case("https://10.0.0.1", "https://10.0.0.1", false)]
    #[case("http://127.0.0.1:8000/", "http://127.0.0.1:8000", true)]
    #[case("http://127.8.9.10", "http://127.8.9.10", true)]
    #[case("http://[::1]:8000", "http://[::1]:8000", true)]
    #[case("http://LocalHost:1", "http://localhost:1", true)]
    #[case("http://demo.localhost", "http://demo.localhost", true)]
    #[case("https://localhost.:1/base", "https://localhost.:1/base", true)]
    fn addresses_that_are_taken(#[case] text: &str, #[case] shown: &str, #[case] loopback: bool) {
        let base = ApiBase::parse(text).expect("an address that is taken");
        assert_eq!(base.to_string(), shown);
        assert_eq!(base.is_loopback(), loopback);
        assert_eq!(base.is_secure(), shown.starts_with("https"));
        assert_eq!(base.endpoint("/users/me"), format!("{shown}/users/me"));
    }

    #[rstest]
    #[case::empty("", "a whole address")]
    #[case::no_scheme("api.chutes.ai", "a whole address")]
    #[case::no_scheme_but_a_port("localhost:8000", "begins with https://")]
    #[case::other_scheme("ftp://api.chutes.ai", "begins with https://")]
    #[case::file("file:///etc/passwd", "begins with https://")]
    #[case::no_host("https://", "a whole address")]
    #[case::bad_port("https://api.chutes.ai:99999", "a whole address")]
    #[case::plain_http("http://api.chutes.ai", "expected https://")]
    #[case::plain_http_lan("http://192.168.0.2:80", "expected https://")]
    #[case::looks_like_loopback("http://localhost.example.com", "expected https://")]
    #[case::looks_like_loopback_too("http://127.0.0.1.example.com", "expected https://")]
    #[case::any_address("http://0.0.0.0:80", "expected https://")]
    #[case::user("https://user@api.chutes.ai", "without a user name")]
    #[case::password("https://user:hunter22@api.chutes.ai", "without a user name")]
    #[case::host_hidden_behind_userinfo("http://localhost@evil.example", "without a user name")]
    #[case::query("https://api.chutes.ai/?key=hunter22", "without ? or #")]
    #[case::empty_query("https://api.chutes.ai/?", "without ? or #")]
    #[case::fragment("https://api.chutes.ai/#hunter22", "without ? or #")]
    #[case::blank_inside("https://api.chu tes.ai", "without blanks")]
    #[case::newline_inside("https://api.chu\ntes.ai", "without blanks")]
    #[case::escape("https://api.chutes.ai/\u{1b}[31m", "without blanks")]
    fn addresses_that_are_refused(#[case] text: &str, #[case] expected: &str) {
        let error = ApiBase::parse(text).expect_err("an address that is refused");
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains("hunter22") && !error.contains('\n'), "{error}");
    }

    proptest! {
        #[test]
        fn plain_http_only_ever_leads_to_this_machine(text in "(https?://)?[a-z0-9.:@/\\[\\]#?%-]{0,40}") {
            if let Ok(base) = ApiBase::parse(&text) {
                prop_assert!(base.is_secure() || base.is_loopback());
                prop_assert_eq!(ApiBase::parse(&base.to_string()), Ok(base));
            }
        }
    }
}
