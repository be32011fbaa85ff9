using System.Buffers;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OutputCaching;

namespace IslGateway.Benchmarks.Serving;

/// <summary>
/// Stores the answers to <c>POST</c> by path, caller's key and the digest of the body, but for <see cref="Paths.Passed"/> and
/// <see cref="Paths.Computed"/>.
/// </summary>
internal sealed class BodyKeyPolicy : IOutputCachePolicy
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    public async ValueTask CacheRequestAsync(OutputCacheContext context, CancellationToken cancellation)
    {
        var request = context.HttpContext.Request;
        if (request.Path.Value is Paths.Passed or Paths.Computed)
        {
            context.EnableOutputCaching = false;
            return;
        }

        var received = await request.ReadWholeAsync();
        var body = received.ToArray();
        request.BodyReader.AdvanceTo(received.End);
        request.Body = new MemoryStream(body, writable: false);
        context.EnableOutputCaching = true;
        context.AllowCacheLookup = true;
        context.AllowCacheStorage = true;
        context.AllowLocking = true;
        context.ResponseExpirationTimeSpan = Lifetime;
        context.CacheVaryByRules.QueryKeys = "*";
        context.CacheVaryByRules.HeaderNames = "X-API-Key";
        context.CacheVaryByRules.VaryByValues["body"] = Convert.ToHexString(SHA256.HashData(body));
    }

    public ValueTask ServeFromCacheAsync(OutputCacheContext context, CancellationToken cancellation) => ValueTask.CompletedTask;

    public ValueTask ServeResponseAsync(OutputCacheContext context, CancellationToken cancellation)
    {
        context.AllowCacheStorage = context.HttpContext.Response.StatusCode == StatusCodes.Status200OK;
        return ValueTask.CompletedTask;
    }
}
