using System.Globalization;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Settings;
using IslGateway.Telemetry;

namespace IslGateway.Workflows.Experiments;

/// <summary>An experiment that is made of one row.</summary>
internal sealed class Experiment
{
    private readonly double[] _shares;

    public Experiment(string name, ExperimentOptions options, EndpointRow row, SampleMetrics metrics)
    {
        (Name, Row) = (name, row);
        Field = options.Field is { } field ? JsonPointer.Parse(field) : null;
        Place = Field is null ? [] : [new JsonPlace(Field)];
        Arms =
        [
            .. from arm in options.Arms
               let label = arm.Samples!.Value.ToString(CultureInfo.InvariantCulture)
               select new Arm(label, arm.Samples!.Value, arm.Share!.Value, new ArmMetrics(metrics, name, label)),
        ];
        _shares = [.. Arms.Select(arm => arm.Share)];
    }

    public string Name { get; }

    /// <summary>The row, whose <c>Samples</c> are switched on.</summary>
    public EndpointRow Row { get; }

    public IReadOnlyList<Arm> Arms { get; }

    /// <summary>Where the number is in ISL's answers whose spread is told; null: nowhere.</summary>
    public JsonPointer? Field { get; }

    /// <summary>The same for a walk over an answer; empty: nowhere.</summary>
    public JsonPlace[] Place { get; }

    /// <summary>Why no request takes part now; null: they do. Set by whoever finds out, and so of the last request or look.</summary>
    public string? Paused { get; set; }

    /// <summary>The arm of a body.</summary>
    public Arm ArmOf(Digest body) => Arms[Assignment.Of(Name, body, _shares)];
}
