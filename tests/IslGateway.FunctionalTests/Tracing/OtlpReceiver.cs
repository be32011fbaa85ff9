using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using IslGateway.FunctionalTests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace IslGateway.FunctionalTests.Tracing;

/// <summary>Stands where a collector of traces would: takes what is exported over OTLP, by gRPC or as Protobuf over HTTP.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    /// <summary>gRPC's prefix of a message: a flag for compression, and the length.</summary>
    private const int PrefixLength = 5;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<OtlpSpan> _spans = new();
    private readonly WebApplication _app;
    private readonly bool _isGrpc;

    private OtlpReceiver(bool isGrpc)
    {
        _isGrpc = isGrpc;
        var port = FreePort.Next();
        Address = new Uri($"http://127.0.0.1:{port}");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, port, endpoint => endpoint.Protocols = isGrpc ? HttpProtocols.Http2 : HttpProtocols.Http1));
        _app = builder.Build();
        if (isGrpc) _app.MapPost("/opentelemetry.proto.collector.trace.v1.TraceService/Export", TakeCallAsync);
        else _app.MapPost("/v1/traces", TakeAsync);
    }

    public Uri Address { get; }

    /// <summary>All spans so far.</summary>
    public IReadOnlyList<OtlpSpan> Spans => [.. _spans];

    /// <summary>What makes a gateway send its spans here, without delay.</summary>
    public IReadOnlyDictionary<string, string?> Environment => new Dictionary<string, string?>
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Address.ToString(),
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = _isGrpc ? null : "http/protobuf",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "50",
    };

    public static async Task<OtlpReceiver> StartAsync(bool isGrpc = false)
    {
        var receiver = new OtlpReceiver(isGrpc);
        await receiver._app.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    /// <summary>The spans of a trace, once there are so many.</summary>
    public async Task<IReadOnlyList<OtlpSpan>> OfTraceAsync(string traceId, int count)
    {
        IReadOnlyList<OtlpSpan> spans = [];
        await Eventually.TrueAsync(
            () => (spans = [.. _spans.Where(span => span.TraceId == traceId)]).Count >= count, Soon, $"trace {traceId} has {count} spans");
        return spans;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private async Task TakeAsync(HttpContext http)
    {
        Take(await BodyAsync(http));
        http.Response.ContentType = "application/x-protobuf";
    }

    private async Task TakeCallAsync(HttpContext http)
    {
        var body = await BodyAsync(http);
        var length = BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(1));
        Take(body[PrefixLength..(PrefixLength + length)]);
        http.Response.ContentType = "application/grpc";
        await http.Response.Body.WriteAsync(new byte[PrefixLength], http.RequestAborted);
        http.Response.AppendTrailer("grpc-status", "0");
    }

    private void Take(byte[] request)
    {
        foreach (var span in OtlpReader.Read(request)) _spans.Enqueue(span);
    }

    private static async Task<byte[]> BodyAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        return body.ToArray();
    }
}
