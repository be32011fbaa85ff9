using IslGateway.Caching;
using IslGateway.Content;
using IslGateway.Edge;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Telemetry;
using IslGateway.Telemetry.KeyLogging;
using IslGateway.UnitTests.Caching;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace IslGateway.UnitTests.Edge;

public sealed class IdentityMiddlewareTests : IDisposable
{
    private readonly LiveSettings _settings = new();
    private readonly GatewayMetrics _metrics = new();
    private readonly BufferBudget _budget = new(1 << 20);
    private readonly RequestLog _requests;

    public IdentityMiddlewareTests()
    {
        _metrics.AddEndpoint(EndpointTable.Other, cacheable: false);
        _requests = new RequestLog(_settings.Monitor, _metrics, TimeProvider.System, NullLogger<RequestLog>.Instance);
    }

    [Theory]
    [InlineData(typeof(OperationCanceledException))]
    [InlineData(typeof(IOException))]
    public async Task InvokeAsync_CallerLeavesWhileTheErrorIsWritten_GivesTheBodyBackAndCounts(Type failure)
    {
        var edge = EdgeBefore(Fail);

        await edge.InvokeAsync(RequestAnsweredBy(new BrokenBody((Exception)Activator.CreateInstance(failure)!)));

        Assert.Equal(0, _budget.InUse);
        Assert.Equal(1, _metrics.GatewayRequests.WithLabels(EndpointTable.Other, "caller-left", "499").Value);
    }

    [Fact]
    public async Task InvokeAsync_NoMemoryIsLeft_Is503AndGivesTheBodyBack()
    {
        var edge = EdgeBefore(Exhaust);
        var context = RequestAnsweredBy(new MemoryStream());

        await edge.InvokeAsync(context);

        Assert.Equal(503, context.Response.StatusCode);
        Assert.Equal(0, _budget.InUse);
        Assert.Equal(1, _metrics.GatewayRequests.WithLabels(EndpointTable.Other, "overloaded", "503").Value);
    }

    public void Dispose()
    {
        _requests.Dispose();
        _settings.Dispose();
    }

    private IdentityMiddleware EdgeBefore(RequestDelegate next) => new(
        next, new ContextFactory(_settings.Table, new BufferBudget(1 << 20), _settings.Monitor),
        new ExchangeEnd(_metrics, _requests, new KeyTraces(KeyLog()), NullLogger<ExchangeEnd>.Instance), Scopes(),
        NullLogger<IdentityMiddleware>.Instance);

    private KeyLog KeyLog() => new(_settings.Monitor, _metrics, TimeProvider.System, NullLogger<KeyLog>.Instance);

    private static LogScopes Scopes() =>
        ActivatorUtilities.CreateInstance<LogScopes>(new ServiceCollection().AddOptions().BuildServiceProvider());

    private Task Fail(HttpContext context)
    {
        Receive(context).Fail(Problems.DamagedBody("gzip"));
        return Task.CompletedTask;
    }

    private Task Exhaust(HttpContext context)
    {
        Receive(context);
        return context.Response.Body.WriteAsync(new byte[int.MaxValue].AsMemory(), CancellationToken.None).AsTask();
    }

    private CacheContext Receive(HttpContext context)
    {
        var wire = new PooledBuffer(_budget, 100);
        wire.Append("junk"u8);
        var received = CacheContext.Of(context);
        received.Body = new RequestBody(wire, ContentCoding.Gzip, "gzip", _budget);
        return received;
    }

    private static DefaultHttpContext RequestAnsweredBy(Stream body)
    {
        var context = new DefaultHttpContext();
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = "/nowhere";
        context.Request.Method = "POST";
        context.Response.Body = body;
        return context;
    }

    private sealed class BrokenBody(Exception failure) : SinkStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromException(failure);
    }
}
