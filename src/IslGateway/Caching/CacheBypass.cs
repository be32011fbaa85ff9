using IslGateway.Caching.Answers;
using IslGateway.Caching.Epochs;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Settings;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Caching;

/// <summary>Which requests to cacheable rows go past the cache, whatever their bodies say.</summary>
internal sealed class CacheBypass(Quarantine quarantine)
{
    /// <summary>Why the cache is passed by; <c>None</c>: it is not.</summary>
    public Reason Of(CacheContext context, EndpointRow row)
    {
        var headers = context.Http.Request.Headers;
        return context.Settings.Cache.Mode == CacheMode.Off ? Reason.CacheOff
            : headers.ContainsKey(HeaderNames.Origin) ? Reason.CrossOrigin
            : headers.ContentType.Count > 0 && !AnswerReader.IsJson(headers) ? Reason.NotJsonRequest
            : context.Settings.Cache.Mode == CacheMode.On && quarantine.Holds(row) ? Reason.Quarantined
            : Reason.None;
    }
}
