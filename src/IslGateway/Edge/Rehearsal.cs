using System.Diagnostics.CodeAnalysis;
using IslGateway.Caching;
using IslGateway.Caching.Answers;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Settings;
using Microsoft.AspNetCore.Http.Features;

namespace IslGateway.Edge;

/// <summary>
/// Takes the way of a hit before the listeners open, so that the first caller does not wait for code that has never run: reads a body,
/// makes its key, reads an envelope and writes the answer, all of it to nobody. Nothing is stored, counted or sent.
/// </summary>
internal sealed partial class Rehearsal(
    ContextFactory contexts, BodyIntake intake, PlainHits hits, EndpointTable table, TimeProvider time, ILogger<Rehearsal> logger)
    : IHostedService
{
    private static ReadOnlySpan<byte> Question => """{"rehearsal":["text",1,2.5,true,null]}"""u8;

    [SuppressMessage("Design", "CA1031", Justification = "What nobody has thought of must not keep the gateway from starting.")]
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (table.Rows.FirstOrDefault(row => row.Cache == CachePolicy.Deterministic) is not { } any) return;
        try
        {
            await PlayAsync(any);
        }
        catch (Exception exception)
        {
            LogFailed(exception);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task PlayAsync(EndpointRow any)
    {
        var context = contexts.Create(RequestTo(any));
        if (context.Row is not { } row) return;
        try
        {
            AnswerStamp.AddTo(context);
            if (await intake.ReadAsync(context, ContentCoding.None) && hits.Find(context, row) is null)
                await HitAnswer.WriteAsync(context, Answer(time));
        }
        finally
        {
            context.Body?.Dispose();
        }
    }

    private static DefaultHttpContext RequestTo(EndpointRow row)
    {
        var http = new DefaultHttpContext();
        http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = row.Path;
        http.Request.Method = HttpMethods.Post;
        http.Request.ContentType = "application/json";
        http.Request.ContentLength = Question.Length;
        http.Request.Headers.AcceptEncoding = "gzip, deflate";
        http.Request.Body = new MemoryStream(Question.ToArray());
        http.Response.Body = Stream.Null;
        return http;
    }

    /// <summary>An answer as it comes from Redis.</summary>
    private static CacheHit Answer(TimeProvider time)
    {
        var key = Digest.Random();
        var envelope = AnswerEnvelope.Encode(key, new StoredAnswer
        {
            StatusCode = StatusCodes.Status200OK,
            Headers = [new("Content-Type", "application/json")],
            Body = new byte[2_000],
            IdGaps = [0],
            Lifetime = new Lifetime(TimeSpan.FromHours(1), TimeSpan.Zero),
        });
        return AnswerEnvelope.TryDecode(envelope, key, out var read)
            ? CacheHit.Of(read, Reason.Redis, default, lapsed: null, directives: default, read.Lifetime, time)
            : throw new InvalidOperationException("The gateway cannot read what it has written.");
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The rehearsal of a hit failed; the gateway starts without it")]
    private partial void LogFailed(Exception exception);
}
