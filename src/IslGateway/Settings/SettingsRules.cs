using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>The rules for settings beyond the notation of each one. Pure; every breach is reported.</summary>
internal static class SettingsRules
{
    public static void Check(GatewaySettings settings, bool isDevelopment, SettingsReport report)
    {
        AddressRules.Check(settings.Isl.BaseUrl, isDevelopment, report);
        if (settings.Isl.CaFile is { Length: > 0 } file && TrustedRoots.Fault(file) is { } fault) report.Add("Isl:CaFile", file, fault);
        CheckPath("Isl:HealthPath", settings.Isl.HealthPath, report);
        CheckPath("Credentials:ProbePath", settings.Credentials.ProbePath, report);
        CheckPath("Validation:SchemaPath", settings.Validation.SchemaPath, report);
        CheckDurations(settings, report);
        CheckSizes(settings, report);
        CheckConnection(settings.Limits, report);
        CheckNames(settings, report);
    }

    /// <summary>The memory that settings allow to be used must exist, or the process is killed under load.</summary>
    public static void CheckMemory(MemoryPlan plan, SettingsReport report)
    {
        if (!plan.Fits)
        {
            report.AddBetween(
                "Cache:Memory:SizeLimit",
                SizeText.Format(plan.Cache),
                "Limits:MaxBufferedBytes",
                $"must, with Limits:MaxBufferedBytes, fit into the memory there is: {plan}. "
                + "Lower one of the two, or give the process more");
        }
    }

    private static void CheckDurations(GatewaySettings settings, SettingsReport report)
    {
        var (isl, credentials) = (settings.Isl, settings.Credentials);
        if (isl.EpochMaxAge <= isl.HealthInterval)
        {
            report.AddBetween(
                "Isl:EpochMaxAge",
                DurationText.Format(isl.EpochMaxAge),
                "Isl:HealthInterval",
                $"must be longer than Isl:HealthInterval, which is {DurationText.Format(isl.HealthInterval)}");
        }

        if (settings.Cooldown.LongestBreak < settings.Cooldown.FirstBreak)
        {
            report.AddBetween(
                "Cooldown:LongestBreak",
                DurationText.Format(settings.Cooldown.LongestBreak),
                "Cooldown:FirstBreak",
                $"must be at least Cooldown:FirstBreak, which is {DurationText.Format(settings.Cooldown.FirstBreak)}");
        }

        if (credentials.StaleProof < credentials.Recheck)
        {
            report.AddBetween(
                "Credentials:StaleProof",
                DurationText.Format(credentials.StaleProof),
                "Credentials:Recheck",
                $"must be at least Credentials:Recheck, which is {DurationText.Format(credentials.Recheck)}");
        }
    }

    private static void CheckSizes(GatewaySettings settings, SettingsReport report)
    {
        var (cache, limits) = (settings.Cache, settings.Limits);
        if (cache.MaxEntrySize > cache.Memory.SizeLimit)
        {
            report.AddBetween(
                "Cache:MaxEntrySize",
                SizeText.Format(cache.MaxEntrySize),
                "Cache:Memory:SizeLimit",
                $"must not exceed Cache:Memory:SizeLimit, which is {SizeText.Format(cache.Memory.SizeLimit)}");
        }

        if (limits.MaxRequestBodySize > limits.MaxBufferedBytes)
        {
            report.AddBetween(
                "Limits:MaxRequestBodySize",
                SizeText.Format(limits.MaxRequestBodySize),
                "Limits:MaxBufferedBytes",
                $"must not exceed Limits:MaxBufferedBytes, which is {SizeText.Format(limits.MaxBufferedBytes)}");
        }
    }

    private static void CheckConnection(LimitsOptions limits, SettingsReport report)
    {
        if (limits.MaxRequestHeadersSize > limits.MaxConnectionBuffer)
        {
            report.AddBetween(
                "Limits:MaxRequestHeadersSize",
                SizeText.Format(limits.MaxRequestHeadersSize),
                "Limits:MaxConnectionBuffer",
                $"must not exceed Limits:MaxConnectionBuffer, which is {SizeText.Format(limits.MaxConnectionBuffer)}");
        }
    }

    private static void CheckNames(GatewaySettings settings, SettingsReport report)
    {
        if (!Grammar.IsPrefix(settings.Cache.Prefix))
        {
            report.Add("Cache:Prefix", settings.Cache.Prefix, "must be 1 to 64 of A-Z a-z 0-9 _ . -");
        }

        // Without a credential header all callers would look like one, and one caller's proof would serve all.
        if (settings.Credentials.Headers.Length == 0)
        {
            report.Add("Credentials:Headers", null, "must name at least one header");
        }

        foreach (var header in settings.Credentials.Headers)
        {
            if (Grammar.FaultOfHeader(header) is { } fault) report.Add("Credentials:Headers", header, fault);
        }

        if (settings.Rollover.Enabled && settings.Cache.KeepRequests == 0)
        {
            report.AddBetween(
                "Rollover:Enabled",
                "true",
                "Cache:KeepRequests",
                "needs Cache:KeepRequests, the bytes of requests that are kept to be asked again, which is 0");
        }

        EncryptionKeyRules.Check(settings.Cache.EncryptionKeys, report);
        if (!settings.Warming.Credentials.All(text => CredentialText.TryParse(text, settings.Credentials.Headers, out _, out _)))
        {
            report.Add(
                "Warming:Credentials", SettingsError.Hidden,
                "each must be 1 to 8192 visible ASCII characters, or one of Credentials:Headers, a colon and those");
        }

        foreach (var host in settings.Compare.Hosts.Where(host => !CompareOptions.IsHost(host)))
        {
            report.Add("Compare:Hosts", host, "must be a host or host:port, such as isl-next or isl-next:8000");
        }

        if (!settings.Management.ApiKeys.All(Grammar.IsApiKey))
        {
            report.Add("Management:ApiKeys", SettingsError.Hidden, "each must be 1 to 512 visible ASCII characters");
        }
    }

    private static void CheckPath(string key, string path, SettingsReport report)
    {
        if (!Grammar.IsRawPath(path))
        {
            report.Add(key, path, "must be a path: '/' first, no query, fragment or blank");
        }
    }
}
