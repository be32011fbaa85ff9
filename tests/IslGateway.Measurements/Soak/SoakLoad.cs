using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.Measurements.Soak;

/// <summary>
/// Callers who ask at a pace: mostly what was asked before, now and then something new, something short-lived, a session, a gzipped body,
/// and some who leave before they are answered. Each answer is compared with the first to the same question.
/// </summary>
/// <param name="client">Asks.</param>
/// <param name="choices">All that is left to chance follows from it.</param>
internal sealed class SoakLoad(HttpClient client, Random choices)
{
    private const int Callers = 8;
    private const int KnownQuestions = 200;

    /// <summary>Questions whose first answer is remembered; what is asked once needs none.</summary>
    private readonly ConcurrentDictionary<string, string> _first = new();
    private readonly ConcurrentDictionary<string, int> _failures = new();
    private int _asked;
    private int _new;
    private int _good;
    private int _wrong;

    public int Good => Volatile.Read(ref _good);

    public int Wrong => Volatile.Read(ref _wrong);

    /// <summary>What went wrong, and how often.</summary>
    public IReadOnlyDictionary<string, int> Failures => _failures;

    public int Failed => _failures.Values.Sum();

    /// <summary>Asks until stopped.</summary>
    /// <param name="perSecond">Requests a second in all; null: as many as can be.</param>
    /// <param name="stop">Ends the asking.</param>
    public Task RunAsync(double? perSecond, CancellationToken stop) => Task.WhenAll(
        Enumerable.Range(0, Callers).Select(_ => new Random(choices.Next())).Select(random => Task.Run(async () =>
        {
            var pause = perSecond is { } rate ? TimeSpan.FromSeconds(Callers / rate) : TimeSpan.Zero;
            var next = Stopwatch.GetTimestamp();
            while (!stop.IsCancellationRequested)
            {
                await AskAsync(random);
                next += (long)(pause.TotalSeconds * Stopwatch.Frequency);
                var wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), next);
                if (wait > TimeSpan.Zero) await Task.Delay(wait, TimeProvider.System, CancellationToken.None);
                else next = Stopwatch.GetTimestamp();
            }
        }, CancellationToken.None)));

    private async Task AskAsync(Random random)
    {
        var (path, body, isPacked, leaves) = random.Next(100) switch
        {
            < 60 => (Isl.Validate, Validate($"Known{random.Next(KnownQuestions)}"), false, false),
            < 70 => (Isl.Validate, Validate($"New{Interlocked.Increment(ref _new)}"), false, false),
            < 80 => (Isl.Counterfactual, Isl.CounterfactualBody.Replace(
                "60", $"{random.Next(KnownQuestions)}", StringComparison.Ordinal), false, false),
            < 88 => (Isl.Elicit, $$"""{"user_id":"user-{{random.Next(KnownQuestions)}}","context":{},"num_queries":2}""", false, false),
            < 96 => (Isl.Validate, Validate($"Known{random.Next(KnownQuestions)}"), true, false),
            _ => (Isl.Validate, Validate($"Left{Interlocked.Increment(ref _new)}"), false, true),
        };
        var id = $"soak-{Interlocked.Increment(ref _asked)}";
        using var patience = new CancellationTokenSource(
            leaves ? TimeSpan.FromMilliseconds(3) : TimeSpan.FromSeconds(30), TimeProvider.System);
        try
        {
            using var request = isPacked
                ? Isl.Post(path, Packed.Gzip(Encoding.UTF8.GetBytes(body)), "Content-Encoding: gzip", $"X-Request-Id: {id}")
                : Isl.Post(path, body, $"X-Request-Id: {id}");
            using var response = await client.SendAsync(request, patience.Token);
            var text = await response.Content.ReadAsStringAsync(patience.Token);
            Judge(
                response, path + body, text.Replace(id, "id", StringComparison.Ordinal),
                body.Contains("Known", StringComparison.Ordinal) || path != Isl.Validate);
        }
        catch (OperationCanceledException) when (leaves)
        {
            // It was never going to wait.
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            Fail(e.GetType().Name);
        }
    }

    private void Judge(HttpResponseMessage response, string question, string answer, bool isAskedAgain)
    {
        if (response.StatusCode != HttpStatusCode.OK)
        {
            Fail($"{(int)response.StatusCode} {response.CacheStatus()}");
            return;
        }

        if (isAskedAgain && _first.GetOrAdd(question, answer) != answer) Interlocked.Increment(ref _wrong);
        else Interlocked.Increment(ref _good);
    }

    private void Fail(string why) => _failures.AddOrUpdate(why, 1, static (_, count) => count + 1);

    private static string Validate(string name) => Isl.ValidateBody.Replace("Revenue", name, StringComparison.Ordinal);
}
