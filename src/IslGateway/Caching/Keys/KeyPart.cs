namespace IslGateway.Caching.Keys;

/// <summary>What a part of a key means. The numbers are written into digests: never reuse or change one.</summary>
internal enum KeyPart : byte
{
    /// <summary>The method upstream, so that QUERY and POST share an entry.</summary>
    Method = 1,

    /// <summary>The raw path and query.</summary>
    Target,

    /// <summary>The digest of the canonical body.</summary>
    Body,

    /// <summary>The name of a header that is part of the key.</summary>
    Header,

    /// <summary>The digest of the caller's credential, where entries are partitioned.</summary>
    Credential,

    /// <summary>ISL's configuration and build.</summary>
    Epoch,

    /// <summary>A session's user.</summary>
    User,

    /// <summary>The version of a session user's beliefs.</summary>
    BeliefVersion,

    /// <summary>A purge token.</summary>
    PurgeToken,

    /// <summary>The endpoint's row.</summary>
    Row,

    /// <summary>One value of the header named before.</summary>
    HeaderValue,

    /// <summary>The row's rules on keys and storing.</summary>
    Rules,

    /// <summary>Present if the caller came by TLS, which ISL is told.</summary>
    Scheme,

    /// <summary>The digest of <c>Cache:Scope</c>, which names the ISL that this is about.</summary>
    Scope,
}
