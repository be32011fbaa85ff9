using IslGateway.Caching;
using IslGateway.Caching.Keys;
using IslGateway.Caching.Samples;
using IslGateway.Content;

namespace IslGateway.Workflows.Experiments;

/// <summary>
/// Gives a request the number of samples of its arm, before it is keyed: one to a row that an experiment is made of, which names no number,
/// neither in its body nor by a confidence. Whatever else stands in the way, the request goes as it is.
/// </summary>
internal sealed class ExperimentStep(ExperimentSet experiments, BodyMemo bodies)
{
    /// <summary>Takes a request into its experiment.</summary>
    /// <returns>The experiment, and the request's arm; null: it takes part in none.</returns>
    public (Experiment Experiment, Arm Arm)? Take(CacheContext context) => Take(context, leavesTraces: true);

    /// <summary>The same, and nothing is remembered for it.</summary>
    public void Peek(CacheContext context) => Take(context, leavesTraces: false);

    private (Experiment Experiment, Arm Arm)? Take(CacheContext context, bool leavesTraces)
    {
        if (context is not { Row: { IsInExperiment: true, Samples: { } samples } row, Body: { } body, Samples: null or { Count: null } })
            return null;
        if (experiments.Of(row) is not { } experiment || !experiments.Runs(experiment)) return null;
        if (!body.TryGetPlain(out var plain).IsReadable()) return null;
        if (SampleScan.Find(plain.Span, samples.Field, out var place) is not null || place.IsNamed) return null;
        var key = leavesTraces ? bodies.Find(row, body, out _) : bodies.Peek(row, body, out _);
        if (key?.Digest is not { } digest) return null;

        var arm = experiment.ArmOf(digest);
        if (SampledBody.TrySet(context, plain, place, arm.Samples) is not null) return null;
        context.Samples = new SampleAsk { Count = arm.Samples, Experiment = $"{experiment.Name}={arm.Name}" };
        return (experiment, arm);
    }
}
