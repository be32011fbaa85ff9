using System.Text;
using IslGateway.Edge;
using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Settings.Reading;

namespace IslGateway.Commands;

/// <summary>What settings that are right amount to, and what about them may surprise. Names no secret.</summary>
/// <param name="Lines">What there is: a label and its value.</param>
/// <param name="Warnings">What works, but perhaps not as it was meant.</param>
internal sealed record ConfigSummary(IReadOnlyList<KeyValuePair<string, string>> Lines, IReadOnlyList<string> Warnings)
{
    /// <exception cref="SettingsException">The connection string of Redis is wrong.</exception>
    public static ConfigSummary Of(ConfiguredGateway gateway)
    {
        var (configuration, settings, environment) = (gateway.Builder.Configuration, gateway.Settings, gateway.Builder.Environment);
        RedisConnectionString.Check(settings);
        var plan = MemoryPlan.Of(settings, MemoryPlan.LimitOfProcess, MemoryPlan.HeapOfProcess);
        var listeners = configuration.GetSection(Listeners.Section).GetChildren().ToList();
        return new ConfigSummary(
            [
                new("environment", environment.EnvironmentName),
                new("isl", Isl(settings)),
                new("redis", Redis(settings)),
                new("cache", Cache(settings)),
                new("endpoints", Rows(settings)),
                .. listeners.Select(listener => KeyValuePair.Create("listener", $"{listener.Key} {listener["Url"]}")),
                new("management", Management(settings)),
                new("memory", plan.ToString()),
            ],
            [.. Surprises(settings, environment, plan, configuration[Listeners.UrlKey(Listeners.Management)] ?? "")]);
    }

    public object ToJson() => new
    {
        ok = true,
        warnings = Warnings,
        summary = Lines.GroupBy(line => line.Key).ToDictionary(
            group => group.Key, group => group.Key == "listener" ? (object)group.Select(line => line.Value) : group.Single().Value),
    };

    public override string ToString()
    {
        var text = new StringBuilder("The settings are right: the gateway would start with them.").AppendLine();
        foreach (var (label, value) in Lines) text.AppendLine($"  {label,-13}{value}");
        foreach (var warning in Warnings) text.AppendLine($"  WARNING      {warning}");
        return text.ToString().TrimEnd();
    }

    private static string Isl(GatewaySettings settings)
    {
        if (settings.Isl.BaseUrl is null) return "SIMULATOR, embedded: its numbers are not ISL's";
        var addresses = settings.Isl.BaseUrls.Select(url => url.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped));
        return $"{string.Join(", ", addresses)} ({settings.Isl.Discovery})";
    }

    private static string Redis(GatewaySettings settings) =>
        settings.RedisConnectionString is { } text ? RedisConnectionString.HostsIn(text) : "none: memory only";

    private static string Cache(GatewaySettings settings)
    {
        var cache = settings.Cache;
        var secret = cache.KeySecret is null ? "plain digests" : "digests with a secret";
        var (fresh, stale) = (DurationText.Format(cache.DefaultTtl), DurationText.Format(cache.StaleTtl));
        return $"mode {cache.Mode}, {SizeText.Format(cache.Memory.SizeLimit)} of memory, fresh for {fresh}, stale for {stale}, "
            + $"entries {cache.CredentialScope}, {secret}";
    }

    private static string Rows(GatewaySettings settings)
    {
        var policies = settings.Endpoints.Values.CountBy(row => row.Cache ?? CachePolicy.None).ToDictionary();
        int Count(CachePolicy policy) => policies.GetValueOrDefault(policy);
        return $"{settings.Endpoints.Count}: {Count(CachePolicy.Deterministic)} deterministic, {Count(CachePolicy.Session)} by user, "
            + $"{Count(CachePolicy.None)} never stored";
    }

    private static string Management(GatewaySettings settings) => settings.Management.ApiKeys.Length switch
    {
        0 => "no keys: changes from this machine only",
        1 => "one key",
        var count => $"{count} keys",
    };

    private static IEnumerable<string> Surprises(
        GatewaySettings settings, IHostEnvironment environment, MemoryPlan plan, string management)
    {
        if (!plan.Fits) yield return "The memory does not fit: outside Development this does not start.";
        if (settings.Limits.MaxBufferedBytes < settings.Limits.RoomForOneBody())
            yield return $"One body of Limits:MaxRequestBodySize may need {SizeText.Format(settings.Limits.RoomForOneBody())} of buffers "
                + $"for a moment, and Limits:MaxBufferedBytes is {SizeText.Format(settings.Limits.MaxBufferedBytes)}.";
        if (settings.RedisConnectionString is null && !settings.Cache.SingleInstance && !environment.IsDevelopment())
            yield return "Without Redis user-dependent answers are not cached, unless Cache:SingleInstance says that there is one gateway.";
        if (settings.Management.ApiKeys.Length == 0 && !management.Contains("//localhost", StringComparison.OrdinalIgnoreCase)
            && !management.Contains("//127.0.0.1", StringComparison.Ordinal))
            yield return "The management listener can be reached from elsewhere; "
                + "without Management:ApiKeys nothing can be changed from there.";
        if (settings.Cache.Mode != CacheMode.On) yield return $"Cache:Mode is {settings.Cache.Mode}: nothing is served from the cache.";
    }
}
