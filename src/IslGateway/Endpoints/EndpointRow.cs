using System.Collections.Frozen;
using IslGateway.Settings;

namespace IslGateway.Endpoints;

/// <summary>One endpoint of ISL, with everything that handling its requests needs; defaults are filled in.</summary>
internal sealed class EndpointRow
{
    private const string Api = "/api/v1/";

    private static readonly JsonPointer[] DefaultFingerprintAt =
        Pointers(["/_metadata/config_fingerprint", "/metadata/config_fingerprint"], []);

    /// <summary>Where ISL's answers echo the request id, unless a row says otherwise.</summary>
    public static readonly JsonPointer[] DefaultEchoedId =
        Pointers(["/_metadata/request_id", "/metadata/request_id", "/request_id"], []);

    private byte[]? _rules;
    private AnswerPlaces? _answerPlaces;

    /// <summary>The row's name in the settings and in Redis keys.</summary>
    public required string Name { get; init; }

    /// <summary>The path as configured, with <c>{name}</c> for a free segment; also the metric label.</summary>
    public required string Path { get; init; }

    /// <summary>The first segment of its path after <c>/api/v1/</c>.</summary>
    public string Family => field ??= FamilyOf(Path);

    /// <summary>Position in <see cref="EndpointTable.Rows"/>, from 0 without gaps, for arrays with an element per row.</summary>
    public required int Index { get; init; }

    /// <summary>Methods that ISL serves here.</summary>
    public required FrozenSet<string> Methods { get; init; }

    /// <summary>What the answer depends on.</summary>
    public required CachePolicy Cache { get; init; }

    /// <summary>How long an entry lives, by the settings at start; <see cref="RowLifetimes"/> has the current value.</summary>
    public required Lifetime Lifetime { get; init; }

    /// <summary>A caller's whole wait, queueing included.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>How long one upstream call may take.</summary>
    public required TimeSpan UpstreamTimeout { get; init; }

    /// <summary>The guide's P95, where it has one.</summary>
    public required TimeSpan? LatencyTarget { get; init; }

    /// <summary>Whether a failed call is tried once more.</summary>
    public required bool Retry { get; init; }

    /// <summary>Request headers that change the answer.</summary>
    public required string[] KeyHeaders { get; init; }

    /// <summary>Places in the request body that do not change the answer.</summary>
    public required JsonPointer[] IgnoreFields { get; init; }

    /// <summary>Whether the order of members is part of the question.</summary>
    public required KeyOrder KeyOrder { get; init; }

    /// <summary>Whether an answer must name ISL's configuration to be stored.</summary>
    public required BodyFingerprint BodyFingerprint { get; init; }

    /// <summary>Places of the configuration fingerprint in the answer.</summary>
    public required JsonPointer[] FingerprintAt { get; init; }

    /// <summary>Places where ISL echoes the request id.</summary>
    public required JsonPointer[] EchoedId { get; init; }

    /// <summary>Places that differ between two computations of the same answer.</summary>
    public required JsonPointer[] VolatileFields { get; init; }

    /// <summary>Conditions on the answer and its request under which it is not stored: those of every row, then its own.</summary>
    public required StoreCondition[] NeverStoreWhen { get; init; }

    /// <summary>Whether bodies are checked before ISL is asked.</summary>
    public required BodyValidation Validation { get; init; }

    /// <summary>Which callers share an entry.</summary>
    public required CredentialScope CredentialScope { get; init; }

    /// <summary>Place of the user in the request body, for <see cref="CachePolicy.Session"/> rows.</summary>
    public required JsonPointer? SessionUser { get; init; }

    /// <summary>Names of the rows whose calls change that user's beliefs.</summary>
    public required string[] InvalidatedBy { get; init; }

    /// <summary>Where bodies name a number of samples; null unless that is switched on.</summary>
    public required RowSamples? Samples { get; init; }

    /// <summary>Whether an experiment is made of it: then its requests may change on their way, and always go the whole journey.</summary>
    public bool IsInExperiment { get; init; }

    /// <summary>Digest of the row's rules on keys and storing, which is part of every key.</summary>
    public ReadOnlySpan<byte> Rules => _rules ??= RowRules.DigestOf(this);

    /// <summary>The places to look at in an answer.</summary>
    public AnswerPlaces AnswerPlaces => _answerPlaces ??= new AnswerPlaces(EchoedId, FingerprintAt, NeverStoreWhen);

    /// <summary>Whether answers may be stored at all.</summary>
    public bool IsCacheable => Cache != CachePolicy.None;

    /// <summary>Whether the row serves the method; a cacheable POST is also asked as QUERY (RFC 10008).</summary>
    public bool Accepts(string method) =>
        Methods.Contains(method) || (IsCacheable && method == "QUERY" && Methods.Contains(HttpMethods.Post));

    /// <summary>Those of the row's methods that have a body with a meaning (RFC 9110).</summary>
    public IEnumerable<string> MethodsWithBody => WithBody(Methods);

    /// <inheritdoc cref="MethodsWithBody"/>
    public static IEnumerable<string> WithBody(IEnumerable<string> methods) =>
        methods.Where(static method => !(HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsDelete(method)
            || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method)));

    /// <summary>Fills in the defaults of a row that has passed the rules.</summary>
    public static EndpointRow Compile(string name, EndpointOptions options, RowDefaults defaults, int index, bool isInExperiment = false)
    {
        var policy = options.Cache ?? CachePolicy.None;
        var timeout = options.Timeout ?? EndpointOptions.DefaultTimeout;
        return new EndpointRow
        {
            Name = name,
            Path = options.Path ?? throw new ArgumentException($"Endpoints:{name} has no Path.", nameof(options)),
            Index = index,
            Methods = (options.Methods ?? [HttpMethods.Post]).Select(method => method.ToUpperInvariant()).ToFrozenSet(),
            Cache = policy,
            Lifetime = Lifetime.Of(options, policy, defaults.Cache),
            Timeout = timeout,
            UpstreamTimeout = options.UpstreamTimeoutOrDefault,
            LatencyTarget = options.LatencyTarget,
            Retry = options.Retry ?? policy != CachePolicy.None,
            KeyHeaders = options.KeyHeaders ?? [],
            IgnoreFields = Pointers(options.IgnoreFields, []),
            KeyOrder = options.KeyOrder ?? KeyOrder.Significant,
            BodyFingerprint = options.BodyFingerprint ?? BodyFingerprint.Required,
            FingerprintAt = Pointers(options.FingerprintAt, DefaultFingerprintAt),
            EchoedId = Pointers(options.EchoedId, DefaultEchoedId),
            VolatileFields = Pointers(options.VolatileFields, []),
            NeverStoreWhen = defaults.NeverStoreWhen(options.NeverStoreWhen ?? []),
            Validation = options.Validation ?? BodyValidation.None,
            CredentialScope = options.CredentialScope ?? defaults.Cache.CredentialScope,
            SessionUser = options.Session?.User is { } user ? JsonPointer.Parse(user) : null,
            InvalidatedBy = options.Session?.InvalidatedBy ?? [],
            Samples = RowSamples.Of(options.Samples),
            IsInExperiment = isInExperiment,
        };
    }

    public override string ToString() => Name;

    private static JsonPointer[] Pointers(string[]? texts, JsonPointer[] fallback) =>
        texts is null ? fallback : [.. texts.Select(JsonPointer.Parse)];

    private static string FamilyOf(string path)
    {
        var rest = path.StartsWith(Api, StringComparison.Ordinal) ? path[Api.Length..] : path.TrimStart('/');
        var end = rest.IndexOf('/', StringComparison.Ordinal);
        return end < 0 ? rest : rest[..end];
    }
}
