using IslGateway.Settings;
using IslGateway.Settings.Reading;

namespace IslGateway.Endpoints;

/// <summary>The rules that endpoint rows must obey, alone and together.</summary>
internal static class EndpointRules
{
    /// <summary>Checks the rows, and other settings that use their notations.</summary>
    public static void Check(GatewaySettings settings, SettingsReport report)
    {
        RowTextRules.CheckConditions("Cache:NeverStoreWhen", settings.Cache.NeverStoreWhen, report);
        Check(settings.Endpoints, report);
        ExperimentRules.Check(settings, report);
    }

    private static void Check(IReadOnlyDictionary<string, EndpointOptions> rows, SettingsReport report)
    {
        var owners = new Dictionary<(string Path, string Method), string>();
        foreach (var (name, row) in rows)
        {
            var key = $"Endpoints:{name}";
            if (!Grammar.IsRowName(name))
            {
                report.Add(key, null, "a row's name is PascalCase: a capital, then up to 63 letters and digits");
            }

            CheckPath(key, name, rows, report);
            CheckMethods(key, name, row, owners, report);
            CheckTimeouts(key, row, report);
            CheckSession(key, row, rows, report);
            CheckValidation(key, row, report);
            SampleRules.Check(key, row, report);
            RowTextRules.Check(key, row, report);
        }
    }

    private static void CheckPath(string key, string name, IReadOnlyDictionary<string, EndpointOptions> rows, SettingsReport report)
    {
        var path = rows[name].Path;
        if (path is null)
        {
            var nearest = Spelling.Nearest(name, rows.Where(row => row.Value.Path is not null).Select(row => row.Key));
            report.Add($"{key}:Path", null, "must be set" + (nearest is null ? "" : $"; did you mean the row {nearest}?"));
        }
        else if (!Grammar.IsRawPath(path))
        {
            report.Add($"{key}:Path", path, "must be a path: '/' first, no query, fragment or blank");
        }
    }

    private static void CheckMethods(
        string key, string name, EndpointOptions row, Dictionary<(string Path, string Method), string> owners, SettingsReport report)
    {
        var methods = row.Methods ?? [HttpMethods.Post];
        if (methods.Length == 0)
        {
            report.Add($"{key}:Methods", null, "must name at least one method");
        }

        foreach (var method in methods.Select(method => method.ToUpperInvariant()).Distinct())
        {
            if (!Grammar.IsToken(method))
            {
                report.Add($"{key}:Methods", method, "is no method");
            }
            else if (row.Path is { } path && !owners.TryAdd((path, method), name))
            {
                report.Add($"{key}:Path", path, $"has {method} in the row {owners[(path, method)]} already");
            }
        }
    }

    private static void CheckTimeouts(string key, EndpointOptions row, SettingsReport report)
    {
        var timeout = row.Timeout ?? EndpointOptions.DefaultTimeout;
        if (row.UpstreamTimeout < timeout)
        {
            report.AddBetween(
                $"{key}:UpstreamTimeout",
                DurationText.Format(row.UpstreamTimeout.Value),
                $"{key}:Timeout",
                $"must be at least the row's Timeout, which is {DurationText.Format(timeout)}");
        }
    }

    private static void CheckValidation(string key, EndpointOptions row, SettingsReport report)
    {
        if (row.Validation == BodyValidation.Schema && !EndpointRow.WithBody(row.Methods ?? [HttpMethods.Post]).Any())
        {
            report.Add($"{key}:Validation", nameof(BodyValidation.Schema), "must be None, because no method of the row has a body");
        }
    }

    private static void CheckSession(
        string key, EndpointOptions row, IReadOnlyDictionary<string, EndpointOptions> rows, SettingsReport report)
    {
        if (row.Cache == CachePolicy.Session && row.Session?.User is null)
        {
            report.Add($"{key}:Session:User", null, "must be set, because the row's Cache is Session");
        }

        foreach (var name in row.Session?.InvalidatedBy ?? [])
        {
            if (rows.TryGetValue(name, out var update))
            {
                // A cached update would be answered without ISL, and would raise no belief version.
                var (cache, policy) = ($"Endpoints:{name}:Cache", update.Cache ?? CachePolicy.None);
                if (policy != CachePolicy.None)
                {
                    report.AddBetween(
                        cache,
                        policy.ToString(),
                        $"{key}:Session:InvalidatedBy",
                        $"must be None, because {key}:Session:InvalidatedBy names the row");
                }
            }
            else
            {
                var nearest = Spelling.Nearest(name, rows.Keys);
                report.Add($"{key}:Session:InvalidatedBy", name, "is no row" + (nearest is null ? "" : $"; did you mean {nearest}?"));
            }
        }
    }
}
