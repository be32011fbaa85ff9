using System.Collections.Immutable;
using IslGateway.Caching.Epochs;
using IslGateway.Endpoints;
using IslGateway.Settings;
using IslGateway.Telemetry;

namespace IslGateway.Caching.Validation;

/// <summary>
/// The schemas that ISL's live configurations publish, for the rows whose bodies are checked. A body is refused only if every live
/// configuration would refuse it, so while the schema of one is not known nothing is checked.
/// </summary>
internal sealed class SchemaBook
{
    private readonly ReplicaRegistry _replicas;
    private readonly SettingsMonitor _settings;
    private volatile ImmutableDictionary<Epoch, EpochSchemas> _schemas = ImmutableDictionary<Epoch, EpochSchemas>.Empty;

    public SchemaBook(EndpointTable table, ReplicaRegistry replicas, SettingsMonitor settings, GatewayMetrics metrics)
    {
        (_replicas, _settings) = (replicas, settings);
        Rows = [.. table.Rows.Where(static row => row.Validation == BodyValidation.Schema)];
        SampledRows = [.. table.Rows.Where(static row => row.Samples is not null)];
        if (Rows.Length > 0)
            metrics.Registry.AddBeforeCollectCallback(() => metrics.ReportSchemas(Rows.Select(row => (row.Path, IsKnown(row)))));
    }

    /// <summary>The rows whose bodies are to be checked.</summary>
    public ImmutableArray<EndpointRow> Rows { get; }

    /// <summary>The rows with <c>Samples</c>, whose field ISL must declare.</summary>
    public ImmutableArray<EndpointRow> SampledRows { get; }

    /// <summary>Whether anything is to be learnt from schemas.</summary>
    public bool IsWanted => !Rows.IsEmpty || !SampledRows.IsEmpty;

    /// <summary>The schema of a row's bodies under each live configuration; null while one of them is not known or not trusted.</summary>
    public IReadOnlyList<BodySchema>? Find(EndpointRow row, string method)
    {
        // Where an address alternates, nobody knows which of its configurations the next answer is of.
        if (_replicas.Replicas.Any(replica => replica.IsAlternating(_settings.Current.Isl.EpochMaxAge))) return null;
        var found = new List<BodySchema>(1);
        foreach (var epoch in _replicas.Evidenced().Epochs)
        {
            if (Of(epoch)?.Find(row, method) is not { IsContradicted: false } schema) return null;
            found.Add(schema);
        }

        return found.Count > 0 ? found : null;
    }

    /// <summary>
    /// Whether every live configuration declares a row's field for samples. While none is certain those that were the last count: what is
    /// stored under them may stand in for ISL.
    /// </summary>
    public FieldStanding SamplesOf(EndpointRow row, string method)
    {
        var (live, known) = (_replicas.Evidenced().Epochs, _schemas);
        var standing = FieldStanding.Unknown;
        foreach (var schemas in live.Count > 0 ? live.Select(epoch => known.GetValueOrDefault(epoch)) : known.Values)
        {
            if (schemas is null or { IsSilence: true }) return FieldStanding.Unknown;
            if (!schemas.DeclareSamples(row, method)) standing = FieldStanding.NotDeclared;
            else if (standing == FieldStanding.Unknown) standing = FieldStanding.Declared;
        }

        return standing;
    }

    /// <summary>What is known of a configuration; null if it was not asked yet.</summary>
    public EpochSchemas? Of(Epoch epoch) => _schemas.GetValueOrDefault(epoch);

    /// <summary>Takes what a configuration publishes.</summary>
    public void Take(Epoch epoch, EpochSchemas schemas) => _schemas = _schemas.SetItem(epoch, schemas);

    /// <summary>Forgets the configurations that are gone.</summary>
    public void Retain(IReadOnlyCollection<Epoch> live) =>
        _schemas = _schemas.RemoveRange(_schemas.Keys.Where(known => !live.Contains(known)));

    /// <summary>What an operator should know: which rows are not checked, and why.</summary>
    public IEnumerable<string> Warnings()
    {
        if (!IsWanted) yield break;
        var known = _replicas.Evidenced().Epochs.Select(Of).OfType<EpochSchemas>().ToList();
        if (known.Select(static schemas => schemas.Trouble).FirstOrDefault(static trouble => trouble is not null) is { } trouble)
        {
            yield return $"ISL's schema ({_settings.Current.Validation.SchemaPath}) is of no use: {trouble}."
                + (Rows.IsEmpty ? "" : $" Bodies of {Names(Rows)} are not checked before ISL is asked.")
                + (SampledRows.IsEmpty ? "" : $" Numbers of samples are not set in bodies of {Names(SampledRows)}.");
            yield break;
        }

        var without = SampledRows.Where(row => known.Exists(schemas => !row.MethodsWithBody.All(m => schemas.DeclareSamples(row, m))));
        foreach (var row in without)
            yield return $"ISL does not declare {row.Samples!.Field} for {row.Name}: numbers of samples are not set in its bodies.";

        var undescribed = Rows.Where(row => known.Exists(schemas => !schemas.Describes(row))).ToList();
        if (undescribed.Count > 0) yield return $"ISL's schema does not describe the bodies of {Names(undescribed)}: they are not checked.";
        var contradicted = Rows.Where(row => known.Exists(schemas => schemas.IsContradicted(row))).ToList();
        if (contradicted.Count > 0)
            yield return $"ISL took bodies of {Names(contradicted)} that its own schema refuses: they are no longer checked.";
    }

    private bool IsKnown(EndpointRow row) => row.MethodsWithBody.All(method => Find(row, method) is not null);

    private static string Names(IEnumerable<EndpointRow> rows) => string.Join(", ", rows.Select(static row => row.Name));
}
