using IslGateway.Caching.Answers;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace IslGateway.Benchmarks.Micro;

/// <summary>The gateway's types as they are while it serves: shipped settings, a question of 1 KB, an answer of 2 KB.</summary>
internal static class Sample
{
    public static byte[] Body { get; } = Workloads.Bodies.Numbered(1);

    public static Digest Key { get; } = Digest.Of(Body);

    public static SettingsMonitor Settings { get; } = new(
        new SettingsLoader(new ConfigurationBuilder().AddShippedEndpoints().Build(), isDevelopment: true, EndpointRules.Check),
        NullLogger<SettingsMonitor>.Instance);

    public static EndpointRow Row { get; } = EndpointTable.Compile(Settings.Current).Rows.Single(row => row.Name == "CausalValidate");

    public static StoredAnswer Answer()
    {
        var body = Serving.ConstantAnswer.Small.WithId("");
        return new StoredAnswer
        {
            StatusCode = 200,
            Headers = [new("content-type", "application/json")],
            Body = body,
            IdGaps = [body.AsSpan().IndexOf("\"request_id\":\""u8) + "\"request_id\":\"".Length],
            CompletedAt = TimeProvider.System.GetTimestamp(),
            Lifetime = new Lifetime(TimeSpan.FromHours(1), TimeSpan.FromHours(23)),
        };
    }
}
