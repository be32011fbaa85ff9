using IslGateway.Endpoints;
using IslGateway.Settings;
using IslGateway.Settings.Reading;

namespace IslGateway.UnitTests.Settings;

public sealed class SettingsRulesTests
{
    [Theory]
    [InlineData("Isl:BaseUrl", "localhost:8000", "absolute http or https")]
    [InlineData("Isl:BaseUrl", "/isl", "absolute http or https")]
    [InlineData("Isl:BaseUrl", "ftp://isl", "absolute http or https")]
    [InlineData("Isl:BaseUrl", ";", "must be set")]
    [InlineData("Isl:BaseUrl", "http://a;http://a/", "is named twice")]
    [InlineData("Isl:BaseUrl", "http://isl/?a=1", "query or fragment")]
    [InlineData("Isl:BaseUrl", "http://isl/#a", "query or fragment")]
    [InlineData("Isl:BaseUrl", "http://u:p@isl", "user or password")]
    [InlineData("Isl:EpochMaxAge", "2s", "longer than Isl:HealthInterval, which is 2s")]
    [InlineData("Isl:HealthPath", "health", "'/' first")]
    [InlineData("Credentials:ProbePath", "/a?b", "'/' first")]
    [InlineData("Credentials:StaleProof", "4m", "at least Credentials:Recheck, which is 5m")]
    [InlineData("Cooldown:LongestBreak", "1s", "at least Cooldown:FirstBreak, which is 2s")]
    [InlineData("Circuit:MinimumFailures", "1", "between 2 and 10000")]
    [InlineData("Retry:MaxAttempts", "4", "between 0 and 3")]
    [InlineData("Isl:CaFile", "/nowhere.pem", "must be a PEM file that can be read")]
    [InlineData("Credentials:Headers", "", "at least one header")]
    [InlineData("Credentials:Headers", "X Key", "is no header name")]
    [InlineData("Credentials:Headers", "content-length", "is for one hop or frames the body")]
    [InlineData("Cache:MaxEntrySize", "257MiB", "Cache:Memory:SizeLimit, which is 256MiB")]
    [InlineData("Limits:MaxRequestBodySize", "257MiB", "Limits:MaxBufferedBytes, which is 256MiB")]
    [InlineData("Limits:MaxRequestHeadersSize", "65KiB", "Limits:MaxConnectionBuffer, which is 64KiB")]
    [InlineData("Sentinel:Share", "1.5", "between 0 and 1")]
    [InlineData("Sentinel:MaxCallsPerMinute", "0", "between 1 and 600")]
    [InlineData("Sentinel:MinHeadroom", "-1", "between 0 and 1")]
    [InlineData("Validation:SchemaPath", "openapi.json", "'/' first")]
    [InlineData("Validation:MaxSteps", "0", "between 1 and 10000000")]
    [InlineData("Validation:MaxFailures", "1001", "between 1 and 1000")]
    [InlineData("Batch:MaxItems", "0", "between 1 and 10000")]
    [InlineData("Batch:Concurrency", "1001", "between 1 and 1000")]
    [InlineData("Batch:Timeout", "500ms", "between 1s and 1d")]
    [InlineData("Batch:MaxHeldAnswers", "1KiB", "between 64KiB and 1GiB")]
    [InlineData("Warming:Concurrency", "0", "between 1 and 100")]
    [InlineData("Warming:CallsPerMinute", "0", "between 1 and 1000000")]
    [InlineData("Warming:Credentials:0", "", "visible ASCII")]
    [InlineData("Warming:Credentials:0", "X-API-Key: naïve", "visible ASCII")]
    [InlineData("Compare:Hosts", "http://isl-next", "must be a host or host:port")]
    [InlineData("Compare:Hosts", "isl-next:port", "must be a host or host:port")]
    [InlineData("Compare:Hosts", "user@isl-next", "must be a host or host:port")]
    [InlineData("Cache:Prefix", "", "1 to 64")]
    [InlineData("Cache:Prefix", "a:b", "1 to 64")]
    [InlineData("Management:ApiKeys:0", "", "visible ASCII")]
    [InlineData("Management:ApiKeys:0", "two words", "visible ASCII")]
    public void Check_BrokenRule_QuotesBothSides(string key, string value, string rule) =>
        Assert.Contains(rule, Assert.Single(Given.Errors((key, value))).Rule, StringComparison.Ordinal);

    [Theory]
    [InlineData("Endpoints:Health:Validation", "Schema", "no method of the row has a body")]
    [InlineData("Endpoints:CausalValidate:Validation", "Strict", "None or Schema")]
    public void Check_ValidationOfARow_IsOneThatCanBeDone(string key, string value, string rule) =>
        Assert.Contains(rule, Assert.Single(Given.Errors(Given.OverShipped((key, value)))).Rule, StringComparison.Ordinal);

    [Theory]
    [InlineData("http://isl:8000")]
    [InlineData("https://isl.example/prefix/")]
    [InlineData("http://[::1]:8000;http://10.0.0.1")]
    public void Check_UsableAddress_Passes(string address) => Assert.NotEmpty(Given.Loaded(("Isl:BaseUrl", address)).Isl.BaseUrls);

    [Theory]
    [InlineData(662, true)]
    [InlineData(656, true)]
    [InlineData(655, false)]
    [InlineData(64, false)]
    public void CheckMemory_CacheAndBuffersAndTheProcess_FitIntoWhatThereIs(int mebibytes, bool fits)
    {
        var configuration = Given.Configuration(("Isl:BaseUrl", "http://isl:8000"));
        IReadOnlyList<SettingsError> Errors(bool isDevelopment)
        {
            try
            {
                new SettingsLoader(configuration, isDevelopment, EndpointRules.Check, (long)mebibytes << 20).Load();
                return [];
            }
            catch (SettingsException e)
            {
                return e.Errors;
            }
        }

        Assert.Empty(Errors(isDevelopment: true));
        if (fits)
        {
            Assert.Empty(Errors(isDevelopment: false));
            return;
        }

        var error = Assert.Single(Errors(isDevelopment: false));
        Assert.Equal("Cache:Memory:SizeLimit", error.Key);
        Assert.Contains("Limits:MaxBufferedBytes", error.Rule, StringComparison.Ordinal);
        Assert.Contains($"memory there is: 656 MiB needed, {mebibytes} MiB there (needed: ", error.Rule, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_NoAddressInProduction_IsRefused() =>
        Assert.Equal("Isl:BaseUrl", Assert.Single(Given.Errors(Given.Configuration(), isDevelopment: false)).Key);

    [Theory]
    [InlineData("Path", "api", "'/' first")]
    [InlineData("Path", "/a?b=1", "'/' first")]
    [InlineData("Path", "/other", "has POST in the row Other already")]
    [InlineData("Methods", "", "at least one method")]
    [InlineData("Methods", "PO ST", "is no method")]
    [InlineData("UpstreamTimeout", "59s", "at least the row's Timeout, which is 1m")]
    [InlineData("Cache", "Session", "must be set, because")]
    [InlineData("Session:User", "user_id", "starts with '/'")]
    [InlineData("Session:InvalidatedBy", "Others", "did you mean Other?")]
    [InlineData("KeyHeaders", "A:B", "is no header name")]
    [InlineData("KeyHeaders", "Transfer-Encoding", "is for one hop or frames the body")]
    [InlineData("IgnoreFields", "a", "starts with '/'")]
    [InlineData("IgnoreFields:0", "", "whole document")]
    [InlineData("FingerprintAt", "/a~2", "~0")]
    [InlineData("EchoedId", "a", "starts with '/'")]
    [InlineData("VolatileFields", "/a~", "~0")]
    [InlineData("NeverStoreWhen", "/a is bad", "bad stands where a text in double quotes is due; it must be POINTER exists")]
    public void Check_BrokenRow_IsRefused(string field, string value, string rule)
    {
        var errors = Given.Errors(
            ("Endpoints:Other:Path", "/other"), ("Endpoints:Tried:Path", "/tried"), ($"Endpoints:Tried:{field}", value));
        Assert.Contains(rule, Assert.Single(errors).Rule, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_BrokenConditionOfEveryRow_IsRefused()
    {
        var error = Assert.Single(Given.Errors(("Cache:NeverStoreWhen:0", "/a exists"), ("Cache:NeverStoreWhen:1", "/a == maybe")));
        Assert.Equal(("Cache:NeverStoreWhen", "/a == maybe"), (error.Key, error.Value));
        Assert.Contains("maybe stands where", error.Rule, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Deterministic")]
    [InlineData("Session")]
    public void Check_CacheableRowThatInvalidates_IsRefused(string policy)
    {
        var error = Assert.Single(Given.Errors(
            ("Endpoints:Update:Path", "/update"), ("Endpoints:Update:Cache", policy), ("Endpoints:Update:Session:User", "/user"),
            ("Endpoints:Tried:Path", "/tried"), ("Endpoints:Tried:Session:InvalidatedBy", "Update")));
        Assert.Equal(("Endpoints:Update:Cache", policy), (error.Key, error.Value));
        Assert.Equal("must be None, because Endpoints:Tried:Session:InvalidatedBy names the row", error.Rule);
    }

    [Fact]
    public void Check_SamePathOtherMethod_Passes() =>
        Assert.Equal(2, Given.Loaded(
            ("Endpoints:Read:Path", "/a"), ("Endpoints:Read:Methods", "GET"), ("Endpoints:Write:Path", "/a")).Endpoints.Count);

    [Fact]
    public void Check_RowNameNotPascalCase_IsRefused() =>
        Assert.Contains("PascalCase", Assert.Single(Given.Errors(("Endpoints:my-row:Path", "/a"))).Rule, StringComparison.Ordinal);

    [Fact]
    public void Check_MisspeltRow_IsRefusedWithAGuess() =>
        Assert.Contains(
            "did you mean the row CausalValidate?",
            Assert.Single(Given.Errors(Given.OverShipped(("Endpoints:CausalValidat:Ttl", "2s")))).Rule,
            StringComparison.Ordinal);
}
