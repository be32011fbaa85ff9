using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace IslGateway.Benchmarks.Serving;

/// <summary>
/// Stands in for ISL at the least cost: a health that names a configuration, and for every <c>POST</c> a constant answer, which it counts.
/// </summary>
internal static class ConstantUpstream
{
    private static readonly TimeSpan Slowness = TimeSpan.FromSeconds(1);

    private static readonly byte[] Health = Encoding.ASCII.GetBytes(
        $$"""{"status":"healthy","version":"1.0.0","build":"benchmark","config_fingerprint":"{{ConstantAnswer.Fingerprint}}"}""");

    private static long _calls;

    public static WebApplication Build(int port)
    {
        var app = KestrelHost.Create(port).Build();
        app.Run(AnswerAsync);
        return app;
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        if (HttpMethods.IsPost(context.Request.Method))
        {
            Interlocked.Increment(ref _calls);
            var body = await context.Request.ReadWholeAsync();
            context.Request.BodyReader.AdvanceTo(body.End);
            if (path == Paths.Slow) await Task.Delay(Slowness, TimeProvider.System, context.RequestAborted);
            var id = context.Request.Headers["X-Request-Id"].ToString();
            await WriteAsync(context, ConstantAnswer.To(path).WithId(id.Length > 0 ? id : BareServer.Id));
        }
        else
        {
            await WriteAsync(context, path == Paths.Calls ? Encoding.ASCII.GetBytes($"{Interlocked.Read(ref _calls)}") : Health);
        }
    }

    private static async Task WriteAsync(HttpContext context, byte[] answer)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = answer.Length;
        await context.Response.BodyWriter.WriteAsync(answer);
    }
}
