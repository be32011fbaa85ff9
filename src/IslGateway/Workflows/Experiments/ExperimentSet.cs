using IslGateway.Caching.Validation;
using IslGateway.Endpoints;
using IslGateway.Settings;
using IslGateway.Telemetry;

namespace IslGateway.Workflows.Experiments;

/// <summary>The experiments that are configured, as they were at the start, and whether each runs.</summary>
internal sealed partial class ExperimentSet
{
    private readonly Experiment?[] _ofRow;
    private readonly SchemaBook _book;
    private readonly SettingsMonitor _settings;
    private readonly GatewayMetrics _metrics;
    private readonly ILogger<ExperimentSet> _logger;
    private readonly Lock _gate = new();

    public ExperimentSet(
        EndpointTable table, SchemaBook book, SettingsMonitor settings, GatewayMetrics metrics, ILogger<ExperimentSet> logger)
    {
        (_book, _settings, _metrics, _logger) = (book, settings, metrics, logger);
        _ofRow = new Experiment?[table.Rows.Count];
        foreach (var (name, options) in settings.Current.Experiments)
        {
            var row = table.Rows.Single(row => row.Name.Equals(options.Endpoint, StringComparison.OrdinalIgnoreCase));
            _ofRow[row.Index] = new Experiment(name, options, row, metrics.Samples);
        }

        All = [.. _ofRow.OfType<Experiment>().OrderBy(experiment => experiment.Name, StringComparer.Ordinal)];
        if (All.Count > 0) metrics.Registry.AddBeforeCollectCallback(Look);
    }

    /// <summary>All of them, by name.</summary>
    public IReadOnlyList<Experiment> All { get; }

    /// <summary>The experiment that is made of a row.</summary>
    public Experiment? Of(EndpointRow row) => _ofRow[row.Index];

    /// <summary>Whether an experiment runs now: ISL declares the field, and the cache's mode is not <c>Off</c>. Logs each change.</summary>
    public bool Runs(Experiment experiment) => Note(experiment, WhyPaused(experiment)) is null;

    /// <summary>What an operator should know: which are paused, and why.</summary>
    public IEnumerable<string> Warnings()
    {
        foreach (var experiment in All)
        {
            if (!Runs(experiment)) yield return $"The experiment {experiment.Name} is paused: {experiment.Paused}.";
        }
    }

    private string? WhyPaused(Experiment experiment)
    {
        if (_settings.Current.Cache.Mode == CacheMode.Off) return "Cache:Mode is Off";
        var (row, samples) = (experiment.Row, experiment.Row.Samples!);
        foreach (var method in row.MethodsWithBody)
        {
            var standing = _book.SamplesOf(row, method);
            if (standing == FieldStanding.Unknown) return $"ISL has not said yet whether {row.Name} has {samples.Field}";
            if (standing == FieldStanding.NotDeclared) return $"ISL's schema declares no {samples.Field} for {row.Name}";
        }

        return null;
    }

    private string? Note(Experiment experiment, string? paused)
    {
        if (experiment.Paused == paused) return paused;
        lock (_gate)
        {
            if (experiment.Paused == paused) return paused;
            experiment.Paused = paused;
        }

        if (paused is null) LogRuns(experiment.Name, experiment.Row.Name);
        else LogPaused(experiment.Name, paused);
        return paused;
    }

    private void Look()
    {
        foreach (var experiment in All) _metrics.Samples.ExperimentRunning.WithLabels(experiment.Name).Set(Runs(experiment) ? 1 : 0);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The experiment {Experiment} runs: requests to {Endpoint} are given its arms")]
    private partial void LogRuns(string experiment, string endpoint);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The experiment {Experiment} is paused: {Why}; requests go as they are")]
    private partial void LogPaused(string experiment, string why);
}
