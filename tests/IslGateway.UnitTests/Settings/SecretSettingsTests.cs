using IslGateway.Settings.Reading;

namespace IslGateway.UnitTests.Settings;

public sealed class SecretSettingsTests
{
    private const string Secret = "hunter2";

    [Theory]
    [InlineData("Management:ApiKeys:0", "hunter2 hunter2")]
    [InlineData("Management:ApiKeys:first", Secret)]
    [InlineData("Management:ApiKey", Secret)]
    [InlineData("Management", Secret)]
    [InlineData("Cache:KeySecret:Value", Secret)]
    [InlineData("Cache:KeySecrets", Secret)]
    [InlineData("Warming:Credentials:0", "X-API-Key: hunter2\n2")]
    [InlineData("Warming:Credential", Secret)]
    [InlineData("Isl:BaseUrl", "http://user:hunter2@isl")]
    [InlineData("Isl:BaseUrl", "ftp://user:hunter2@isl")]
    [InlineData("Isl:BaseUrl", "http://isl/?token=hunter2")]
    [InlineData("ISL_BASE_URL", "http://user:hunter2@isl")]
    public void Message_FaultNearASecret_DoesNotShowIt(string key, string value)
    {
        var exception = new SettingsException(Given.Errors((key, value)));
        Assert.DoesNotContain(Secret, exception.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(exception.Errors, error => error.ToString().Contains(Secret, StringComparison.Ordinal));
    }

    [Fact]
    public void Message_RefusedSecret_ShowsStars() =>
        Assert.Equal("***", Assert.Single(Given.Errors(("Management:ApiKeys", "naïve"))).Value);
}
