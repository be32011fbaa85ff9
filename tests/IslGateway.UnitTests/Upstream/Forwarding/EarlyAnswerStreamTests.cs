using System.Text;
using System.Threading.Channels;
using IslGateway.Content;
using IslGateway.Upstream.Forwarding;

namespace IslGateway.UnitTests.Upstream.Forwarding;

/// <summary>What is read ahead of the client, while it still writes, reaches it byte for byte.</summary>
public sealed class EarlyAnswerStreamTests
{
    private const string Interim = "HTTP/1.1 100 Continue\r\n\r\n";
    private const string Final = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    /// <summary>The client takes what was found while the next look is still under way: that one goes on from where it began.</summary>
    [Fact]
    public async Task Read_WhileALookIsUnderWay_LosesNothing()
    {
        var wire = new Wire();
        await using var stream = new EarlyAnswerStream(wire, TimeProvider.System);
        var token = TestContext.Current.CancellationToken;
        var writing = stream.WriteAsync("body"u8.ToArray(), token).AsTask();
        wire.Arrive(Interim);
        await wire.Looked(2).WaitAsync(token);
        wire.Written.SetResult();
        await writing;

        var buffer = new byte[256];
        var first = await stream.ReadAsync(buffer, token);
        wire.Arrive(Final);
        var second = await stream.ReadAsync(buffer.AsMemory(first), token);

        Assert.Equal(Interim + Final, Encoding.ASCII.GetString(buffer, 0, first + second));
    }

    /// <summary>A connection whose writes and reads end when the test says so.</summary>
    private sealed class Wire : ForwardStream
    {
        private readonly Channel<byte[]> _arrived = Channel.CreateUnbounded<byte[]>();
        private readonly TaskCompletionSource[] _looks = [new(), new(), new(), new()];
        private int _reads;

        public TaskCompletionSource Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override bool CanRead => true;

        public override bool CanWrite => true;

        public void Arrive(string text) => _arrived.Writer.TryWrite(Encoding.ASCII.GetBytes(text));

        /// <summary>Ends once so many reads have begun.</summary>
        public Task Looked(int times) => _looks[times - 1].Task;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _looks[_reads++].TrySetResult();
            var bytes = await _arrived.Reader.ReadAsync(cancellationToken);
            bytes.CopyTo(buffer);
            return bytes.Length;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(Written.Task);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
