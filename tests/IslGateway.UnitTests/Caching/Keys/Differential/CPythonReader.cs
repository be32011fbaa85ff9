using System.Buffers.Binary;
using System.ComponentModel;
using System.Diagnostics;

namespace IslGateway.UnitTests.Caching.Keys.Differential;

/// <summary>CPython's own <c>json</c>: one process that runs <c>reader.py</c> and is asked many bodies at a time.</summary>
internal sealed class CPythonReader : IReader
{
    private const int AnswerSize = 33;
    private const int HashSize = 16;

    private readonly Process _process;
    private readonly Stream _answers;
    private int _asked;

    private CPythonReader(Process process)
    {
        _process = process;
        _answers = process.StandardOutput.BaseStream;
        Name = FirstLine();
    }

    /// <summary>Implementation and version.</summary>
    public string Name { get; }

    /// <summary>Null where there is no <c>python3</c> on the path.</summary>
    public static CPythonReader? Start()
    {
        using var source = new StreamReader(typeof(CPythonReader).Assembly.GetManifestResourceStream("reader.py")!);
        var start = new ProcessStartInfo("python3", ["-I", "-c", source.ReadToEnd()])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        try
        {
            return new CPythonReader(Process.Start(start)!);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    public void Begin(IReadOnlyList<byte[]> bodies)
    {
        var request = new byte[sizeof(int) + bodies.Sum(body => sizeof(int) + body.Length)];
        BinaryPrimitives.WriteInt32LittleEndian(request, bodies.Count);
        var at = sizeof(int);
        foreach (var body in bodies)
        {
            BinaryPrimitives.WriteInt32LittleEndian(request.AsSpan(at), body.Length);
            body.CopyTo(request.AsSpan(at + sizeof(int)));
            at += sizeof(int) + body.Length;
        }

        _process.StandardInput.BaseStream.Write(request);
        _process.StandardInput.BaseStream.Flush();
        _asked = bodies.Count;
    }

    public Reading[] Readings()
    {
        var answers = new byte[_asked * AnswerSize];
        _answers.ReadExactly(answers);
        _asked = 0;
        return [.. answers.Chunk(AnswerSize).Select(Read)];
    }

    public void Dispose()
    {
        // The end of its input ends it, unless a test broke off in the middle of an answer.
        if (_asked > 0) _process.Kill();
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static Reading Read(byte[] answer) => new(
        (Inexact)answer[0],
        BinaryPrimitives.ReadUInt128LittleEndian(answer.AsSpan(1)),
        BinaryPrimitives.ReadUInt128LittleEndian(answer.AsSpan(1 + HashSize)));

    private string FirstLine()
    {
        var line = "";
        while (_answers.ReadByte() is var next && next != '\n')
            line += next < 0 ? throw new InvalidOperationException("python3 is there but does not run the reader.") : (char)next;
        return line;
    }
}
