using System.Text;
using IslGateway.Upstream;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace IslGateway.UnitTests.Caching.Filling;

/// <summary>Answers of ISL as a test states them.</summary>
internal static class IslAnswers
{
    public static UpstreamAnswer Json(string body, int status = 200, params (string Name, StringValues Value)[] headers) =>
        Of(Encoding.UTF8.GetBytes(body), status, [("Content-Type", "application/json"), .. headers]);

    public static UpstreamAnswer Of(byte[] body, int status = 200, params (string Name, StringValues Value)[] headers)
    {
        var dictionary = new HeaderDictionary();
        foreach (var (name, value) in headers) dictionary[name] = value;
        return new UpstreamAnswer
        {
            StatusCode = status,
            Headers = dictionary,
            Body = body,
            ReplicaId = "r1",
            Duration = TimeSpan.FromSeconds(1),
        };
    }

    public static UpstreamAnswer Failed(UpstreamFailure failure) => new() { Failure = failure };
}
