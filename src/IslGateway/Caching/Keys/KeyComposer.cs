using System.Text;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Upstream;

namespace IslGateway.Caching.Keys;

/// <summary>
/// Composes a request's keys, one for each epoch to look under. The only place that knows what a key consists of:
/// scope · row and its rules · method · raw target · scheme (TLS alone) · body · key headers · credential (partitioned rows) ·
/// user and belief version (session rows) · purge tokens · epoch.
/// </summary>
internal sealed class KeyComposer(SettingsMonitor settings)
{
    /// <summary>Changes only with a restart, like ISL's addresses.</summary>
    private readonly Digest _scope = Digest.OfText(CacheScope.Of(settings.Current));

    private volatile SecretKey _secret = new(null, []);

    /// <summary>The request's key without the epoch.</summary>
    public Digest Compose(
        HttpRequest request, EndpointRow row, string rawTarget, Digest body, Credential credential, SessionKey? session,
        PurgeTokens generations)
    {
        var writer = new KeyWriter(stackalloc byte[KeyWriter.UsualSize], Secret());
        writer.Append(KeyPart.Scope, _scope);
        writer.Append(KeyPart.Row, row.Name);
        writer.Append(KeyPart.Rules, row.Rules);
        writer.Append(KeyPart.Method, CanonicalMethod(request.Method));
        writer.Append(KeyPart.Target, rawTarget);
        if (request.IsHttps) writer.Append(KeyPart.Scheme, Uri.UriSchemeHttps);
        writer.Append(KeyPart.Body, body);
        foreach (var name in row.KeyHeaders)
        {
            writer.Append(KeyPart.Header, name);
            foreach (var value in request.Headers[name]) writer.Append(KeyPart.HeaderValue, value);
        }

        if (row.CredentialScope == CredentialScope.Partitioned) writer.Append(KeyPart.Credential, credential.Digest);
        if (session is { } user)
        {
            writer.Append(KeyPart.User, user.User);
            writer.Append(KeyPart.BeliefVersion, user.BeliefVersion);
        }

        writer.Append(KeyPart.PurgeToken, generations.Everything);
        writer.Append(KeyPart.PurgeToken, generations.Row);

        return writer.Finish();
    }

    /// <summary>The key of a request under one epoch.</summary>
    /// <param name="request">The result of <see cref="Compose"/>.</param>
    /// <param name="epoch">The epoch's digest.</param>
    public Digest Under(Digest request, Digest epoch)
    {
        var writer = new KeyWriter(stackalloc byte[KeyWriter.UsualSize], Secret());
        writer.Append(KeyPart.Body, request);
        writer.Append(KeyPart.Epoch, epoch);
        return writer.Finish();
    }

    /// <summary>A digest for use outside the process: made with the secret, if there is one, because user names can be guessed.</summary>
    public Digest Conceal(Digest name) => Conceal(name, Secret());

    /// <summary>The same for several digests, with the mark of the secret that they were all made with.</summary>
    public (string SecretMark, Digest[] Names) Conceal(IReadOnlyList<Digest> names)
    {
        var secret = Secret();
        return (MarkOf(secret), [.. names.Select(name => Conceal(name, secret))]);
    }

    /// <summary>
    /// A mark that differs between secrets: gateways with different secrets use different names for the same user or credential.
    /// </summary>
    public string SecretMark => MarkOf(Secret());

    /// <summary>A <c>QUERY</c> asks the same as a <c>POST</c> of the same body (RFC 10008), so they share an entry.</summary>
    public static string CanonicalMethod(string method) => method == "QUERY" ? HttpMethods.Post : method;

    /// <summary>The HMAC key of every digest that leaves the process; empty when <c>Cache:KeySecret</c> is unset.</summary>
    public byte[] Secret() => SecretIn(settings.Current);

    /// <summary>The same by a request's own settings.</summary>
    public byte[] SecretIn(GatewaySettings pinned)
    {
        var text = pinned.Cache.KeySecret;
        var known = _secret;
        if (!ReferenceEquals(text, known.Text)) _secret = known = new SecretKey(text, text is null ? [] : Encoding.UTF8.GetBytes(text));
        return known.Bytes;
    }

    private static Digest Conceal(Digest name, byte[] secret)
    {
        var writer = new KeyWriter(stackalloc byte[KeyWriter.UsualSize], secret);
        writer.Append(KeyPart.User, name);
        return writer.Finish();
    }

    private static string MarkOf(byte[] secret) => Conceal(Digest.Of("secret"u8), secret).ToString()[..16];

    private sealed record SecretKey(string? Text, byte[] Bytes);
}
