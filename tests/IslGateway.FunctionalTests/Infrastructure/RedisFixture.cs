using IslGateway.FunctionalTests.Infrastructure;

[assembly: AssemblyFixture(typeof(RedisFixture))]

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>
/// One Redis for the whole run, from the first rung of the ladder (<see cref="RedisKind"/>) that gives one. A server named by
/// ISLGATEWAY_TEST_REDIS is an explicit choice: when it does not answer, the run fails.
/// </summary>
public sealed class RedisFixture : IAsyncLifetime
{
    private const string Variable = "ISLGATEWAY_TEST_REDIS";

    private static readonly TimeSpan ConfiguredTimeout = TimeSpan.FromSeconds(5);

    // A configured server outlives the run, so that the number alone would meet the keys of the run before.
    private readonly string _run = Guid.NewGuid().ToString("N")[..8];
    private RedisServer? _server;
    private int _prefixes;

    public string ConnectionString => Server.ConnectionString;

    public RedisKind Kind { get; private set; }

    /// <summary>Which server was taken, and why those before it were not: the line that the run prints.</summary>
    public string Choice { get; private set; } = "";

    private RedisServer Server => _server ?? throw new InvalidOperationException("The fixture was not initialised.");

    /// <summary>A value for Cache:Prefix that no other test and no other run has.</summary>
    public string NewPrefix() => $"test-{_run}-{Interlocked.Increment(ref _prefixes)}";

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } configured)
            await TakeConfiguredAsync(configured);
        else
            await DescendAsync();

        // Shown when the tests run without `dotnet test`, or when the run fails; RedisLadderTests makes it appear always.
        Console.WriteLine(Choice);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server?.Owner is { } owner)
            await owner.DisposeAsync();
    }

    private async Task TakeConfiguredAsync(string connectionString)
    {
        try
        {
            await RedisPing.RequireAsync(connectionString, ConfiguredTimeout);
        }
        catch (RungUnavailableException trouble)
        {
            throw new InvalidOperationException(
                $"{Variable} is set, but its server gave {trouble.Message}. Start that server, correct the variable, or unset it "
                + "to let the tests find a Redis themselves.",
                trouble.InnerException);
        }

        Kind = RedisKind.Configured;
        _server = new RedisServer(connectionString, $"the server of {Variable}", Owner: null);
        Choice = $"Redis for this run: {Server.Description}";
    }

    private async Task DescendAsync()
    {
        (RedisKind Kind, Func<Task<RedisServer>> StartAsync)[] rungs =
        [
            (RedisKind.Container, RedisContainerRung.StartAsync),
            (RedisKind.Process, RedisProcessRung.StartAsync),
            (RedisKind.Garnet, GarnetRung.StartAsync),
        ];
        List<string> passedOver = [$"{Variable} is not set"];
        foreach (var (kind, startAsync) in rungs)
        {
            try
            {
                _server = await startAsync();
                Kind = kind;
                Choice = $"Redis for this run: {Server.Description} ({string.Join("; ", passedOver)})";
                return;
            }
            catch (Exception trouble) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
            {
                var reason = trouble.Message.ReplaceLineEndings(" ");
                passedOver.Add(trouble is RungUnavailableException ? reason : $"{kind}: {reason}");
            }
        }

        throw new InvalidOperationException($"No Redis for this run ({string.Join("; ", passedOver)})");
    }
}
