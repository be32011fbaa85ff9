using System.Buffers;
using BenchmarkDotNet.Attributes;
using IslGateway.Caching.Answers;
using IslGateway.Content;

namespace IslGateway.Benchmarks.Micro;

/// <summary>From an answer to the bytes that one caller gets.</summary>
public class AnswerBenchmarks
{
    private readonly StoredAnswer _answer = Sample.Answer();
    private readonly PackedAnswer _packed = Sample.Answer().Pack(new BufferBudget(long.MaxValue))!;
    private readonly byte[] _arrived = Serving.ConstantAnswer.Small.WithId(Serving.BareServer.Id);
    private readonly ArrayBufferWriter<byte> _writer = new(4_096);

    [Benchmark]
    public int WithOwnId()
    {
        _writer.ResetWrittenCount();
        AnswerPieces.Write(_writer, _answer, Serving.BareServer.Id);
        return _writer.WrittenCount;
    }

    /// <summary>The packed form with the id spliced in.</summary>
    [Benchmark]
    public int PackedWithOwnId()
    {
        _writer.ResetWrittenCount();
        _packed.Write(_writer, Serving.BareServer.Id);
        return _writer.WrittenCount;
    }

    /// <summary>What a fill reads of an answer: echoes, fingerprint, and what forbids to store it.</summary>
    [Benchmark]
    public bool Scan() => AnswerScan.Of(_arrived, Sample.Row.AnswerPlaces, Serving.BareServer.Id) is not null;
}
