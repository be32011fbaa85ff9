using System.Text.Json;

namespace IslGateway.FunctionalTests.Conformance;

/// <summary>
/// One step of a row: exactly one of <see cref="Send"/>, <see cref="Begin"/>, <see cref="End"/>, <see cref="Probe"/>, <see cref="Turn"/>,
/// <see cref="Set"/>, <see cref="Pass"/> and <see cref="Await"/>.
/// </summary>
internal sealed record StepSpec
{
    /// <summary>Sends a request and looks at its answer.</summary>
    public RequestSpec? Send { get; init; }

    /// <summary>Sends a request and goes on as soon as it is where <see cref="Until"/> says.</summary>
    public RequestSpec? Begin { get; init; }

    /// <summary>Looks at the answer of the request that was begun under this name.</summary>
    public string? End { get; init; }

    /// <summary>Sends what could be read in two ways, and looks at how it was.</summary>
    public ProbeSpec? Probe { get; init; }

    /// <summary>Turns knobs of the simulator, as <c>POST /_sim</c> takes them.</summary>
    public JsonElement? Turn { get; init; }

    /// <summary>Changes settings while the gateway runs.</summary>
    public IReadOnlyDictionary<string, string>? Set { get; init; }

    /// <summary>Seconds that pass for the gateway, in no time.</summary>
    public int? Pass { get; init; }

    public AwaitedState? Await { get; init; }

    /// <summary>A name for later steps to refer to.</summary>
    public string? As { get; init; }

    /// <summary>With <see cref="Begin"/>: where the request has to be.</summary>
    public RequestPlace Until { get; init; } = RequestPlace.Isl;

    /// <summary>With <see cref="Send"/>: how often, each time with the same expectation.</summary>
    public int Times { get; init; } = 1;

    public Expectation? Expect { get; init; }
}
