//! The HTTP client: one for all credentials, so that connections are reused.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{ClientBuilder, Response, StatusCode};

use crate::api::answer::{self, Head, Parse};
use crate::api::transport::{self, Phase};
use crate::api::{QuotaSource, UsagePage, UsageQuery, wire};
use crate::clock::Clock;
use crate::domain::account::{Account, Subscription};
use crate::domain::activity::ChuteId;
use crate::domain::api_base::ApiBase;
use crate::domain::credential::ApiKey;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::quota::QuotaUsage;
use crate::domain::snapshot::Snapshot;

/// What is sent as `User-Agent`.
const USER_AGENT: &str = concat!("chutes-top/", env!("CARGO_PKG_VERSION"));

/// The most connections that are kept open while nothing is asked: as many as requests in flight.
const MAX_IDLE_CONNECTIONS: usize = 5;

/// How much of an answer is waited for and read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From the start of a request, with the connecting, to the end of its answer.
    pub total: Duration,
    /// To a connection that can be used, TLS included. No longer than `total` has any effect.
    pub connect: Duration,
    /// The longest body that is read, in bytes. It is to hold a page of the usage, the longest of the usual answers:
    /// 500 buckets of 180 bytes. The list of chutes' names alone may be longer, up to
    /// [`wire::ChuteNames::LONGEST_LIST`].
    pub body: usize,
    /// How long an unused connection is kept open.
    pub idle: Duration,
}

impl Limits {
    /// The usual limits for a request every `gap`. An unused connection is kept for the next request if that comes
    /// within a minute; otherwise it is closed soon, so that nothing has to wake up later to close it.
    #[must_use]
    pub fn for_requests_every(gap: Duration) -> Self {
        const SOON: Duration = Duration::from_secs(1);
        const KEPT: Duration = Duration::from_secs(90);
        Self { idle: if gap < Duration::from_mins(1) { KEPT } else { SOON }, ..Self::default() }
    }
}

impl Default for Limits {
    /// 10 s for the whole answer, 256 KiB. An unused connection is closed after a minute, well before the next refresh
    /// at the usual interval, by which time the server may have closed it.
    fn default() -> Self {
        Self {
            total: Duration::from_secs(10),
            connect: Duration::from_secs(10),
            body: 256 * 1024,
            idle: Duration::from_mins(1),
        }
    }
}

/// The Chutes API over HTTP. Asks once for each call: it neither retries nor follows a redirect.
///
/// Building it reads the system's certificates, which takes some milliseconds.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base: ApiBase,
    clock: Arc<dyn Clock>,
    limits: Limits,
}

impl Client {
    /// A client for the API at `base`; `clock` stamps the answers.
    ///
    /// Except for an address of this machine, the proxy that `HTTPS_PROXY` or `ALL_PROXY` names is
    /// used, unless `NO_PROXY` exempts the host. Certificates are the system's, or those that
    /// `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
    ///
    /// # Errors
    ///
    /// When secure connections cannot be set up, which most often means that the machine has no
    /// certificates of authorities.
    pub fn new(base: &ApiBase, clock: Arc<dyn Clock>) -> Result<Self, ClientError> {
        Self::with_limits(base, clock, Limits::default())
    }

    /// The same with other limits.
    ///
    /// # Errors
    ///
    /// As [`Client::new`].
    pub fn with_limits(base: &ApiBase, clock: Arc<dyn Clock>, limits: Limits) -> Result<Self, ClientError> {
        // Without a provider `build` panics. A second installation fails and changes nothing.
        let _already_installed = rustls::crypto::ring::default_provider().install_default();
        let http = builder(base, &limits).build().map_err(|error| ClientError::new(&error))?;
        Ok(Self { http, base: base.clone(), clock, limits })
    }

    /// Asks for `path`, with `key` where there is one, and reads the answer with `parse`.
    async fn get<T>(&self, path: &str, key: Option<&ApiKey>, parse: Parse<T>) -> Result<T, Failure> {
        let nobody = ApiKey::new("");
        let mut request = self.http.get(self.base.endpoint(path));
        if let Some(key) = key {
            request = request.header(AUTHORIZATION, authorization(key)?);
        }
        let key = key.unwrap_or(&nobody);
        let longest = if path == wire::ChuteNames::PATH { wire::ChuteNames::LONGEST_LIST } else { self.limits.body };
        tracing::debug!(path, "asks");
        let mut response = request.send().await.map_err(|error| self.transport_failure(Phase::Head, &error, key))?;
        let head = Head::of(&response);
        tracing::debug!(path, status = head.status.as_u16(), "answered");
        // A refusal has a line or two to say, whatever was asked.
        let most = if head.status == StatusCode::OK { longest } else { self.limits.body };
        let body = self.read_body(&mut response, key, most).await;
        let result = if head.status == StatusCode::OK {
            body.and_then(|body| answer::understand(&head, &body, key, parse))
        } else {
            // What the status says counts even when the body cannot be read.
            Err(answer::refusal(&head, &body.unwrap_or_default(), key, self.clock.now()))
        };
        result.map_err(|failure| failure.with_status(head.status.as_u16()))
    }

    /// Reads the body, up to `most` bytes and no further.
    async fn read_body(&self, response: &mut Response, key: &ApiKey, most: usize) -> Result<Vec<u8>, Failure> {
        let announced = response.content_length().unwrap_or(0);
        if usize::try_from(announced).is_ok_and(|length| length > most) {
            return Err(too_large(most));
        }
        let mut body = Vec::new();
        while let Some(chunk) =
            response.chunk().await.map_err(|error| self.transport_failure(Phase::Body, &error, key))?
        {
            if body.len() + chunk.len() > most {
                return Err(too_large(most));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn transport_failure(&self, phase: Phase, error: &reqwest::Error, key: &ApiKey) -> Failure {
        transport::failure(phase, error, self.base.host(), self.limits.total, key)
    }
}

fn too_large(most: usize) -> Failure {
    let text = format!("the answer is larger than {} KiB; the rest was not read", most / 1024);
    Failure::new(FailureKind::TooLarge, text)
}

impl QuotaSource for Client {
    async fn fetch_quota_usage(&self, key: &ApiKey) -> Result<Snapshot, Failure> {
        let asked_at = self.clock.now();
        let usage = self.get(wire::QuotaUsage::PATH, Some(key), wire::parse_object::<wire::QuotaUsage>).await?;
        Ok(Snapshot::new(usage.into(), asked_at, self.clock.now()))
    }

    async fn fetch_subscription(&self, key: &ApiKey) -> Result<Option<Subscription>, Failure> {
        let parse = wire::parse_object::<wire::SubscriptionUsage>;
        self.get(wire::SubscriptionUsage::PATH, Some(key), parse).await.map(Into::into)
    }

    async fn fetch_chute_quotas(&self, key: &ApiKey) -> Result<Vec<ChuteId>, Failure> {
        let parse = wire::parse_object_or_list::<wire::ChuteQuotas>;
        self.get(wire::ChuteQuotas::PATH, Some(key), parse).await.map(|quotas| quotas.chutes(key))
    }

    async fn fetch_chute_quota(&self, key: &ApiKey, chute: &ChuteId) -> Result<QuotaUsage, Failure> {
        let path = wire::QuotaUsage::path_of(chute);
        self.get(&path, Some(key), wire::parse_object::<wire::QuotaUsage>).await.map(Into::into)
    }

    async fn fetch_account(&self, key: &ApiKey) -> Result<Account, Failure> {
        let account = self.get(wire::Account::PATH, Some(key), wire::parse_object::<wire::Account>).await?;
        Ok(account.seen_by(key))
    }

    async fn fetch_usage(&self, key: &ApiKey, query: UsageQuery) -> Result<UsagePage, Failure> {
        let usage = self.get(&wire::Usage::path(query), Some(key), wire::parse_object::<wire::Usage>).await?;
        Ok(usage.page(query, key))
    }

    async fn fetch_chute_names(&self) -> Result<HashMap<ChuteId, String>, Failure> {
        let parse = wire::parse_list::<wire::ChuteNames>;
        self.get(wire::ChuteNames::PATH, None, parse).await.map(wire::ChuteNames::latest)
    }
}

/// The client's settings. Each of them prevents something that was seen to go wrong.
fn builder(base: &ApiBase, limits: &Limits) -> ClientBuilder {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .default_headers(headers)
        .timeout(limits.total)
        .connect_timeout(limits.connect)
        .read_timeout(limits.total)
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .http1_only()
        .tcp_nodelay(true)
        .pool_idle_timeout(limits.idle)
        .pool_max_idle_per_host(MAX_IDLE_CONNECTIONS)
        .https_only(base.is_secure())
        // rustls supports nothing older; this holds should that change.
        .tls_version_min(reqwest::tls::Version::TLS_1_2);
    let builder = if base.is_loopback() { loopback(builder, base) } else { builder };
    // A server on plain http needs no certificates: it must work on a machine that has none.
    if base.is_secure() { builder } else { builder.tls_certs_only([]) }
}

/// Keeps what is meant for this machine on this machine: no proxy, and no resolver, which may know a
/// name under `.localhost` as something else.
fn loopback(builder: ClientBuilder, base: &ApiBase) -> ClientBuilder {
    // Port 0 means the port of the address.
    let here = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))];
    builder.no_proxy().resolve_to_addrs(base.host(), &here)
}

/// The header that carries the key, marked as not to be printed.
fn authorization(key: &ApiKey) -> Result<HeaderValue, Failure> {
    let unsendable = || Failure::new(FailureKind::Other, "the key is empty or has characters that cannot be sent");
    // No key has other characters: they come from a copy that went wrong, which the server could not tell.
    if key.expose().is_empty() || !key.expose().is_ascii() {
        return Err(unsendable());
    }
    let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose())).map_err(|_| unsendable())?;
    value.set_sensitive(true);
    Ok(value)
}

/// Why no client could be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientError {
    reason: String,
}

impl ClientError {
    fn new(error: &(dyn Error + 'static)) -> Self {
        Self { reason: transport::root_cause(error) }
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "secure connections cannot be set up: {} (are the system's certificates installed? SSL_CERT_FILE can name \
             a file of them)",
            self.reason
        )
    }
}

impl Error for ClientError {}
