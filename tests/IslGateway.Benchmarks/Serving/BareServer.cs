using System.Buffers;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace IslGateway.Benchmarks.Serving;

/// <summary>What any hit on Kestrel costs at least: the body read and hashed, an answer written.</summary>
internal static class BareServer
{
    /// <summary>The id that a server without one of its own puts into the answer.</summary>
    public const string Id = "00000000-0000-0000-0000-000000000000";

    private static readonly byte[] Small = ConstantAnswer.Small.WithId(Id);
    private static readonly byte[] Large = ConstantAnswer.Large.WithId(Id);

    public static WebApplication Build(int port)
    {
        var app = KestrelHost.Create(port).Build();
        app.Run(AnswerAsync);
        return app;
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        var body = await context.Request.ReadWholeAsync();
        Hash(body);
        context.Request.BodyReader.AdvanceTo(body.End);
        await WriteAsync(context);
    }

    public static ValueTask<System.IO.Pipelines.FlushResult> WriteAsync(HttpContext context)
    {
        var answer = context.Request.Path.Value == Paths.Large ? Large : Small;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = answer.Length;
        return context.Response.BodyWriter.WriteAsync(answer);
    }

    private static void Hash(ReadOnlySequence<byte> body)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        if (body.IsSingleSegment) SHA256.HashData(body.FirstSpan, digest);
        else SHA256.HashData(body.ToArray(), digest);
    }
}
