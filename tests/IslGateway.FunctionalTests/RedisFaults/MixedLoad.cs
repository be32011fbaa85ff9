using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests.RedisFaults;

/// <summary>
/// One caller of each kind, asking on and on at a steady pace, and judging each answer. A helper fills through another gateway what the
/// caller of <see cref="AskKind.Redis"/> asks a little later.
/// </summary>
internal sealed partial class MixedLoad : IAsyncDisposable
{
    private const int WarmKeys = 20;
    private const int Users = 4;

    /// <summary>How long a filled entry has to be confirmed and to reach Redis.</summary>
    private static readonly TimeSpan Filled = TimeSpan.FromMilliseconds(400);

    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly ConcurrentQueue<Asked> _answers = new();
    private readonly ConcurrentQueue<(string Body, long At)> _filled = new();
    private readonly int[] _acknowledged = new int[Users];
    private readonly string _tag = Guid.NewGuid().ToString("N")[..8];
    private readonly HttpClient _client;
    private readonly HttpClient _filler;
    private readonly HttpClient? _control;
    private readonly Task _running;
    private readonly int _slower;
    private int _number;
    private bool _disposed;

    /// <param name="gateway">The gateway under test.</param>
    /// <param name="filler">Another on the same Redis.</param>
    /// <param name="control">One without Redis; null: there is none.</param>
    public MixedLoad(Uri gateway, Uri filler, Uri? control)
    {
        (_client, _filler) = (new HttpClient { BaseAddress = gateway }, new HttpClient { BaseAddress = filler });
        if (control is not null) _control = new HttpClient { BaseAddress = control };

        // Figures want many answers; right ones show as well at half the pace.
        _slower = control is null ? 2 : 1;
        _running = Task.WhenAll(
            _control is null ? Task.CompletedTask : PaceAsync(10, i => AskAsync(AskKind.ControlHit, BodyOf($"warm-{i % WarmKeys}"))),
            _control is null ? Task.CompletedTask : PaceAsync(20, _ => AskAsync(AskKind.ControlMiss, BodyOf($"miss-{Next()}"))),
            PaceAsync(10, i => AskAsync(AskKind.Memory, BodyOf($"warm-{i % WarmKeys}"))),
            PaceAsync(20, FillAsync),
            PaceAsync(20, _ => FromRedisAsync()),
            PaceAsync(10, i => ElicitAsync(i % Users)),
            PaceAsync(20, _ => AskAsync(AskKind.Miss, BodyOf($"miss-{Next()}"))),
            PaceAsync(400, i => UpdateAsync(i % (Users / 2))));
    }

    /// <summary>Every answer so far, in the order in which they came.</summary>
    public IReadOnlyList<Asked> Answers => [.. _answers];

    public bool HasEnded => _running.IsCompleted;

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true)) return;
        await _stop.CancelAsync();
        await _running;
        _client.Dispose();
        _filler.Dispose();
        _control?.Dispose();
        _stop.Dispose();
    }

    private string BodyOf(string name) => $$$"""{"dag":{"nodes":["{{{_tag}}}-{{{name}}}"]}}""";

    private int Next() => Interlocked.Increment(ref _number);

    private async Task PaceAsync(int milliseconds, Func<int, Task> ask)
    {
        await Task.Yield();
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(milliseconds * _slower), TimeProvider.System);
        try
        {
            for (var i = 0; await pace.WaitForNextTickAsync(_stop.Token); i++) await ask(i);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Enough.
        }
    }

    private async Task FillAsync(int number)
    {
        var body = BodyOf($"shared-{number}");
        using var response = await _filler.SendAsync(Isl.Post(Isl.Validate, body), CancellationToken.None);
        _filled.Enqueue((body, Stopwatch.GetTimestamp()));
    }

    private async Task FromRedisAsync()
    {
        if (_filled.TryPeek(out var oldest) && Stopwatch.GetElapsedTime(oldest.At) > Filled && _filled.TryDequeue(out oldest))
            await AskAsync(AskKind.Redis, oldest.Body);
    }

    private Task AskAsync(AskKind kind, string body)
    {
        var id = $"id-{Next()}";
        var bytes = Encoding.UTF8.GetBytes(body);
        return SendAsync(kind, Isl.Post(Isl.Validate, bytes, $"X-Request-Id: {id}"), text =>
            text == KnownIsl.AnswerTo(bytes, id) ? null : $"the answer to {body} as {id} was {text}");
    }

    private Task ElicitAsync(int user)
    {
        var atLeast = Volatile.Read(ref _acknowledged[user]);
        return SendAsync(AskKind.Session, Isl.Post(Isl.Elicit, $$"""{"user_id":"{{_tag}}-{{user}}","context":{},"num_queries":3}"""),
            text =>
        {
            using var json = JsonDocument.Parse(text);
            var beliefs = json.RootElement.GetProperty("beliefs").GetInt32();
            return beliefs >= atLeast ? null : $"user {user} was told of {beliefs} updates after {atLeast} were acknowledged";
        });
    }

    private async Task UpdateAsync(int user)
    {
        await SendAsync(
            AskKind.Update, Isl.Post(Isl.Update, $$"""{"user_id":"{{_tag}}-{{user}}","query_id":"q","response":"A"}"""), _ => null);
        Interlocked.Increment(ref _acknowledged[user]);
    }

    private async Task SendAsync(AskKind kind, HttpRequestMessage message, Func<string, string?> judge)
    {
        var begunAt = Stopwatch.GetTimestamp();
        try
        {
            using var request = message;
            var client = kind is AskKind.ControlHit or AskKind.ControlMiss ? _control! : _client;
            using var response = await client.SendAsync(request, CancellationToken.None);
            var text = await response.Content.ReadAsStringAsync(CancellationToken.None);
            var wall = Stopwatch.GetElapsedTime(begunAt).TotalMilliseconds;
            var wrong = response.StatusCode != HttpStatusCode.OK ? $"{(int)response.StatusCode}: {text}" : judge(text);
            var took = GatewayTime().Match(string.Join(',', response.Headers.GetValues("Server-Timing"))).Groups[1].Value;
            _answers.Enqueue(
                new Asked(kind, begunAt, double.Parse(took, CultureInfo.InvariantCulture), wall, response.CacheStatus(), wrong));
        }
        catch (HttpRequestException failed)
        {
            _answers.Enqueue(new Asked(kind, begunAt, 0, Stopwatch.GetElapsedTime(begunAt).TotalMilliseconds, "", failed.ToString()));
        }
    }

    [GeneratedRegex("gateway;dur=([0-9.]+)")]
    private static partial Regex GatewayTime();
}
