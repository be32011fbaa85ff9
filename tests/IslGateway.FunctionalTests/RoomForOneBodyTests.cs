using System.Net;
using System.Text;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests;

/// <summary>
/// With five times the largest body for buffers, of less than which the banner warns, an idle gateway has room for any body.
/// </summary>
public sealed class RoomForOneBodyTests
{
    private const int MaxBody = 512 * 1024;

    /// <summary>What makes most of a body, and whether it comes packed. Short strings and numbers are longer in the key's form.</summary>
    public static TheoryData<string, bool> Bodies => new()
    {
        { "\"" + new string('x', 1_000) + "\"", false },
        { "\"" + new string('x', 1_000) + "\"", true },
        { """["A","B"]""", false },
        { """["A","B"]""", true },
        { "0.5", false },
        { "0.5", true },
        { "1", false },
        { "1", true },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Body_AsLargeAsItMayBe_IsAnsweredByAnIdleGateway(string element, bool packed)
    {
        await using var rig = await Rig.StartAsync($"Limits:MaxRequestBodySize={MaxBody}", $"Limits:MaxBufferedBytes={5 * MaxBody}");
        var (start, end) = ("""{"treatment":"A","outcome":"B","dag":{"nodes":["A","B"],"edges":[["A","B"]]},"more":[""", "]}");
        var room = MaxBody - start.Length - end.Length;
        var body = start + string.Join(',', Enumerable.Repeat(element, (room + 1) / (element.Length + 1))) + end;
        Assert.InRange(body.Length, MaxBody - 1_100, MaxBody);

        foreach (var path in (string[])[Isl.Validate, Isl.Update])
        {
            using var request = packed
                ? Isl.Post(path, Packed.Gzip(body), "Content-Encoding: gzip")
                : Isl.Post(path, Encoding.UTF8.GetBytes(body));
            using var answer = await rig.Client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.NotEqual(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.Single(rig.Sim.LastCalls(path));
        }
    }
}
