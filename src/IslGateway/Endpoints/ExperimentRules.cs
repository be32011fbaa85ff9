using IslGateway.Settings;
using IslGateway.Settings.Reading;

namespace IslGateway.Endpoints;

/// <summary>The rules for <c>Experiments</c>.</summary>
internal static class ExperimentRules
{
    /// <summary>The most experiments, and the most arms of one: each arm has metric series of its own.</summary>
    public const int MostExperiments = 16;

    /// <inheritdoc cref="MostExperiments"/>
    public const int MostArms = 8;

    /// <summary>By how much the shares may miss 1, since decimal fractions have no exact sum.</summary>
    private const double Tolerance = 1e-6;

    public static void Check(GatewaySettings settings, SettingsReport report)
    {
        if (settings.Experiments.Count > MostExperiments)
            report.Add("Experiments", null, $"are at most {MostExperiments}, not {settings.Experiments.Count}");
        var owners = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, experiment) in settings.Experiments)
        {
            var key = $"Experiments:{name}";
            if (!Grammar.IsPrefix(name)) report.Add(key, null, "an experiment's name is 1 to 64 of A-Z a-z 0-9 _ . -");
            CheckEndpoint(key, name, experiment, settings.Endpoints, owners, report);
            CheckArms(key, experiment.Arms ?? [], report);
            if (experiment.Field is { } field) CheckField($"{key}:Field", field, report);
        }
    }

    private static void CheckEndpoint(
        string key, string name, ExperimentOptions experiment, IReadOnlyDictionary<string, EndpointOptions> rows,
        Dictionary<string, string> owners, SettingsReport report)
    {
        if (experiment.Endpoint is not { } endpoint)
        {
            report.Add($"{key}:Endpoint", null, "must be set: the name of a row with Samples switched on");
        }
        else if (!rows.TryGetValue(endpoint, out var row))
        {
            var nearest = Spelling.Nearest(endpoint, rows.Keys);
            report.Add($"{key}:Endpoint", endpoint, "is no row" + (nearest is null ? "" : $"; did you mean {nearest}?"));
        }
        else if (row.Samples?.Enabled != true)
        {
            report.AddBetween(
                $"{key}:Endpoint", endpoint, $"Endpoints:{endpoint}:Samples:Enabled",
                $"must be a row with Samples switched on: set Endpoints:{endpoint}:Samples:Enabled=true");
        }
        else if (!owners.TryAdd(endpoint, name))
        {
            report.Add($"{key}:Endpoint", endpoint, $"has the experiment {owners[endpoint]} already, and one is the most");
        }
    }

    private static void CheckArms(string key, ArmOptions[] arms, SettingsReport report)
    {
        if (arms.Length is 0 or > MostArms)
        {
            report.Add($"{key}:Arms", null, $"must be 1 to {MostArms}, not {arms.Length}");
            return;
        }

        for (var i = 0; i < arms.Length; i++)
        {
            if (arms[i].Samples is not { } samples) report.Add($"{key}:Arms:{i}:Samples", null, "must be set");
            else if (arms.Take(i).Any(other => other.Samples == samples))
                report.Add($"{key}:Arms:{i}:Samples", samples.ToString(null, null), "is another arm's already");
            if (arms[i].Share is null) report.Add($"{key}:Arms:{i}:Share", null, "must be set");
        }

        var sum = arms.Sum(arm => arm.Share ?? 0);
        if (arms.All(arm => arm.Share is not null) && Math.Abs(sum - 1) > Tolerance)
            report.Add($"{key}:Arms", null, FormattableString.Invariant($"the shares of all arms must be 1 together, not {sum:0.######}"));
    }

    private static void CheckField(string key, string field, SettingsReport report)
    {
        if (!JsonPointer.TryParse(field, out var pointer, out var error)) report.Add(key, field, error);
        else if (pointer.Segments.Count == 0) report.Add(key, field, "must not name the whole document");
        else if (pointer.Segments.Contains(JsonPointer.Wildcard)) report.Add(key, field, "must name one place, so without '*'");
    }
}
