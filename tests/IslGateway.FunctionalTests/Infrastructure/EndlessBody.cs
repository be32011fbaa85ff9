using System.Net;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>A request's body that sends its first byte and never another, until the request is given up.</summary>
internal sealed class EndlessBody : HttpContent
{
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the first byte is on its way.</summary>
    public Task Begun => _begun.Task.WaitAsync(TestContext.Current.CancellationToken);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await stream.WriteAsync("{"u8.ToArray(), cancellationToken);
        await stream.FlushAsync(cancellationToken);
        _begun.TrySetResult();
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
