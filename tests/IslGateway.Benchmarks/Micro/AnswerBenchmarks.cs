using System.Buffers;
using BenchmarkDotNet.Attributes;
using IslGateway.Caching.Answers;

namespace IslGateway.Benchmarks.Micro;

/// <summary>From an answer to the bytes that one caller gets.</summary>
public class AnswerBenchmarks
{
    private readonly StoredAnswer _answer = Sample.Answer();
    private readonly ArrayBufferWriter<byte> _writer = new(4_096);

    [Benchmark]
    public int WithOwnId()
    {
        _writer.ResetWrittenCount();
        AnswerPieces.Write(_writer, _answer, Serving.BareServer.Id);
        return _writer.WrittenCount;
    }
}
