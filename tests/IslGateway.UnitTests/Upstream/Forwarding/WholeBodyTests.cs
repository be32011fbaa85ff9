using System.Text;
using IslGateway.Upstream.Forwarding;

namespace IslGateway.UnitTests.Upstream.Forwarding;

public sealed class WholeBodyTests
{
    private static readonly byte[] Body = Encoding.ASCII.GetBytes("{}");

    [Fact]
    public async Task Attach_BodyInMemory_GoesInPlaceOfTheStreamUnderTheSameHeaders()
    {
        using var streamed = new StreamContent(Stream.Null);
        streamed.Headers.TryAddWithoutValidation("Content-Type", "application/json; odd ;");
        streamed.Headers.TryAddWithoutValidation("Content-Language", ["de", "en"]);
        streamed.Headers.ContentLength = Body.Length;
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://isl/") { Content = streamed };

        WholeBody.Attach(request, Body);

        Assert.NotSame(streamed, request.Content);
        Assert.Equal(Body, await request.Content!.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal(
            streamed.Headers.NonValidated.Select(header => $"{header.Key}: {string.Join('|', header.Value)}"),
            request.Content.Headers.NonValidated.Select(header => $"{header.Key}: {string.Join('|', header.Value)}"));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void Attach_BodyIsAnnouncedOrNotInMemory_TheStreamStays(bool isInMemory, bool isAnnounced)
    {
        using var streamed = new StreamContent(Stream.Null);
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://isl/") { Content = streamed };
        request.Headers.ExpectContinue = isAnnounced;

        WholeBody.Attach(request, isInMemory ? Body : default);

        Assert.Same(streamed, request.Content);
    }

    [Fact]
    public void Attach_RequestWithoutBody_HasNone()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://isl/");

        WholeBody.Attach(request, Body);

        Assert.Null(request.Content);
    }
}
