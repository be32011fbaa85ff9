using System.Text;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Upstream;

namespace IslGateway.Caching.Keys;

/// <summary>
/// Composes the keys of a request, one for each epoch that may be looked up. Alone knows what a key is made of:
/// scope · row and its rules · method · raw target · scheme (TLS alone) · body · key headers · credential (partitioned rows) · user
/// and belief version (session rows) · purge generations · epoch.
/// </summary>
internal sealed class KeyComposer(SettingsMonitor settings)
{
    /// <summary>Like ISL's addresses, it changes with a restart only.</summary>
    private readonly Digest _scope = Digest.OfText(CacheScope.Of(settings.Current));

    private volatile SecretKey _secret = new(null, []);

    /// <summary>Everything in a request's key but the epoch.</summary>
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
    /// <param name="request">What <see cref="Compose"/> gave.</param>
    /// <param name="epoch">The epoch's digest.</param>
    public Digest Under(Digest request, Digest epoch)
    {
        var writer = new KeyWriter(stackalloc byte[KeyWriter.UsualSize], Secret());
        writer.Append(KeyPart.Body, request);
        writer.Append(KeyPart.Epoch, epoch);
        return writer.Finish();
    }

    /// <summary>A digest as it may leave the process: under the secret, where there is one, since a user's name can be guessed.</summary>
    public Digest Conceal(Digest name) => Conceal(name, Secret());

    /// <summary>The same for several, and what tells apart the secret that they are all under.</summary>
    public (string SecretMark, Digest[] Names) Conceal(IReadOnlyList<Digest> names)
    {
        var secret = Secret();
        return (MarkOf(secret), [.. names.Select(name => Conceal(name, secret))]);
    }

    /// <summary>Tells gateways with different secrets apart: under each, the same user or credential has another name.</summary>
    public string SecretMark => MarkOf(Secret());

    /// <summary>RFC 10008: a <c>QUERY</c> asks what a <c>POST</c> of the same body would, so they share an entry.</summary>
    public static string CanonicalMethod(string method) => method == "QUERY" ? HttpMethods.Post : method;

    /// <summary>The HMAC key of every digest that leaves the process; empty when <c>Cache:KeySecret</c> is unset.</summary>
    public byte[] Secret() => SecretIn(settings.Current);

    /// <summary>The same, in the settings that a request goes by.</summary>
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
