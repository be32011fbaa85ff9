using BenchmarkDotNet.Attributes;
using IslGateway.Caching.Answers;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Telemetry;

namespace IslGateway.Benchmarks.Micro;

/// <summary>From a key to its answer, in memory and as the bytes that Redis holds.</summary>
public class TierBenchmarks
{
    private const int Entries = 10_000;

    private readonly MemoryStore _store = new(Sample.Settings, new GatewayMetrics(), TimeProvider.System);
    private readonly Digest[] _keys = [.. Enumerable.Range(0, Entries).Select(i => Digest.Of(BitConverter.GetBytes(i)))];
    private readonly StoredAnswer _answer = Sample.Answer();
    private readonly byte[] _envelope = AnswerEnvelope.Encode(Sample.Key, Sample.Answer());
    private int _next;

    [GlobalSetup]
    public void SetUp()
    {
        foreach (var key in _keys) _store.Set(key, _answer);
    }

    [Benchmark]
    public bool MemoryGet() => _store.TryGet(Next(), out _);

    [Benchmark]
    public void MemorySet() => _store.Set(Next(), _answer);

    [Benchmark]
    public int EnvelopeWrite() => AnswerEnvelope.Encode(Sample.Key, _answer).Length;

    [Benchmark]
    public bool EnvelopeRead() => AnswerEnvelope.TryDecode(_envelope, Sample.Key, out _);

    private Digest Next() => _keys[_next++ % Entries];
}
