using Microsoft.AspNetCore.Http.Features;

namespace IslGateway.Workflows.Inner;

/// <summary>The life of a request without a socket: it ends when whoever wants it says so, or its answer breaks off.</summary>
internal sealed class InnerLifetime : IHttpRequestLifetimeFeature, IDisposable
{
    private readonly CancellationTokenSource _ended;

    public InnerLifetime(CancellationToken unwanted)
    {
        _ended = CancellationTokenSource.CreateLinkedTokenSource(unwanted);
        RequestAborted = _ended.Token;
    }

    public CancellationToken RequestAborted { get; set; }

    /// <summary>Whether the answer was cut off after it had begun.</summary>
    public bool WasCut { get; private set; }

    public void Abort()
    {
        WasCut = true;
        _ended.Cancel();
    }

    public void Dispose() => _ended.Dispose();
}
