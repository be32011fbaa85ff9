using BenchmarkDotNet.Attributes;
using IslGateway.Redis.Sealing;

namespace IslGateway.Benchmarks.Micro;

/// <summary>What <c>Cache:EncryptionKeys</c> add to an envelope of this size on its way to Redis and back.</summary>
public class SealBenchmarks
{
    private const string Name = "islgw:v1:CausalValidate:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch;

    private readonly SealingKeyRing _ring = new([Sample.Body[..32]]);
    private byte[] _sealed = [];
    private byte[] _value = [];

    /// <summary>Bytes of the envelope.</summary>
    [Params(2 << 10, 64 << 10, 4 << 20)]
    public int Size { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _sealed = new byte[SealedValue.HeadSize + Size + SealedValue.TagSize];
        SealedValue.Seal(_ring.Newest, Name, At, _sealed);
        _value = [.. _sealed];
    }

    /// <summary>What the next contains besides.</summary>
    [Benchmark(Baseline = true)]
    public void Copy() => _sealed.CopyTo(_value, 0);

    /// <summary>In place, so of a copy.</summary>
    [Benchmark]
    public bool Open()
    {
        _sealed.CopyTo(_value, 0);
        return SealedValue.Open(_ring, Name, _value, At, out _, out _) == SealVerdict.Opened;
    }

    [Benchmark]
    public void Seal() => SealedValue.Seal(_ring.Newest, Name, At, _value);
}
