using System.Net;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests;

/// <summary>
/// Headers of ISL that cannot be written to a caller: they make an answer an invalid one, never a failure of the gateway.
/// </summary>
public sealed class HeaderTextTests
{
    private const string Body = """{"_metadata":{"config_fingerprint":"000000000000"},"status":"ok"}""";

    [Theory]
    [InlineData("200 OK", "x-olumi-service: a\u0001b")]
    [InlineData("200 OK", "x-processing-time-ms: a\u007fb")]
    [InlineData("422 No", "x-olumi-service: a\u0001b")]
    public async Task ControlCharacter_IsABadAnswerAndNotStored(string status, string header)
    {
        await using var isl = IslOf(status, header, Body);
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address);

        for (var i = 0; i < 2; i++)
        {
            using var answer = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
            Assert.Equal((HttpStatusCode.BadGateway, "IslGateway; detail=invalid-answer"), (answer.StatusCode, answer.CacheStatus()));
        }
    }

    [Fact]
    public async Task ControlCharacter_OversizeAnswer_IsABadAnswerToo()
    {
        await using var isl = IslOf("200 OK", "x-olumi-service: a\u0001b", $$"""{"a":"{{new string('a', 200_000)}}"}""");
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address, "Cache:MaxEntrySize=64KiB");

        using var answer = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
    }

    [Fact]
    public async Task TabAndLatin1_PassUnchanged()
    {
        await using var isl = IslOf("200 OK", "x-olumi-service: a\tb\u00e9\u0080", Body);
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address);

        foreach (var _ in (int[])[1, 2])
        {
            using var answer = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(["a\tb\u00e9\u0080"], answer.Headers.GetValues("x-olumi-service"));
        }
    }

    private static ScriptedUpstream IslOf(string status, string header, string body) =>
        new(Scripts.Says(Scripts.Message(status, body, $"{header}\r\nConnection: close\r\n")));
}
