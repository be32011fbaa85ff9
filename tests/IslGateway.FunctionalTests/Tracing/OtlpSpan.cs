namespace IslGateway.FunctionalTests.Tracing;

/// <summary>What a collector was told of a span; ids in hexadecimal digits.</summary>
internal sealed record OtlpSpan
{
    public string TraceId { get; init; } = "";

    public string SpanId { get; init; } = "";

    /// <summary>Empty for the first span of a trace.</summary>
    public string ParentId { get; init; } = "";

    public string TraceState { get; init; } = "";

    public string Name { get; init; } = "";

    /// <summary>1: internal, 2: server, 3: client.</summary>
    public int Kind { get; init; }

    /// <summary>Whether its status is that of an error.</summary>
    public bool IsError { get; init; }

    public IReadOnlyDictionary<string, string> Attributes { get; init; } = new Dictionary<string, string>();

    /// <summary>The spans that it is linked to.</summary>
    public IReadOnlyList<string> Links { get; init; } = [];

    /// <summary>The attributes of the service that sent it.</summary>
    public IReadOnlyDictionary<string, string> Resource { get; init; } = new Dictionary<string, string>();
}
