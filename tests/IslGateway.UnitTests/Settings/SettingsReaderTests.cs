using IslGateway.Endpoints;
using IslGateway.Settings;
using IslGateway.Settings.Reading;
using Microsoft.Extensions.Configuration;

namespace IslGateway.UnitTests.Settings;

public sealed class SettingsReaderTests
{
    [Fact]
    public void Load_EveryNotation_IsRead()
    {
        var settings = Given.Loaded(
            ("Isl:BaseUrl", "http://one:8000; https://two/isl"),
            ("isl:discovery", "dns"),
            ("Isl:HealthInterval", "00:00:03"),
            ("Isl:MaxConnections", "7"),
            ("Isl:HttpVersion", "2"),
            ("Isl:ServeHealthFromPoll", "True"),
            ("Cache:Mode", "OBSERVE"),
            ("Cache:Jitter", "0.25"),
            ("Cache:Memory:SizeLimit", "1GiB"),
            ("Cache:KeySecret", "k"),
            ("ConnectionStrings:Redis", "localhost:6379"),
            ("Endpoints:CausalValidate:Path", "/api/v1/causal/validate"),
            ("Endpoints:CausalValidate:Session:User", "/user_id"));

        Assert.Equal(["http://one:8000/", "https://two/isl"], settings.Isl.BaseUrls.Select(address => address.ToString()));
        Assert.Equal(IslDiscovery.Dns, settings.Isl.Discovery);
        Assert.Equal(TimeSpan.FromSeconds(3), settings.Isl.HealthInterval);
        Assert.Equal(7, settings.Isl.MaxConnections);
        Assert.Equal("2", settings.Isl.HttpVersion);
        Assert.True(settings.Isl.ServeHealthFromPoll);
        Assert.Equal(CacheMode.Observe, settings.Cache.Mode);
        Assert.Equal(0.25, settings.Cache.Jitter);
        Assert.Equal(1L << 30, settings.Cache.Memory.SizeLimit);
        Assert.Equal("k", settings.Cache.KeySecret);
        Assert.Equal("localhost:6379", settings.RedisConnectionString);
        Assert.Equal("/user_id", settings.Endpoints["CausalValidate"].Session?.User);
    }

    [Theory]
    [InlineData("Isl:BaseUrl")]
    [InlineData("Cache:KeySecret")]
    [InlineData("ConnectionStrings:Redis")]
    public void Load_EmptyTextOfWhatMayBeUnset_IsUnset(string key)
    {
        var settings = Given.Loaded((key, ""));
        Assert.Null(settings.Isl.BaseUrl ?? settings.Cache.KeySecret ?? settings.RedisConnectionString);
    }

    [Theory]
    [InlineData("Cache:DefaultTtl", "300", "300 means 300 days")]
    [InlineData("Cache:DefaultTtl", "", "must not be empty")]
    [InlineData("Cache:DefaultTtl", "0s", "between 10ms and 365d")]
    [InlineData("Cache:DefaultTtl", "366d", "between 10ms and 365d")]
    [InlineData("Cache:StaleAfter", "never", "must be a duration such as 250ms, 300s, 5m, 1h, 1d or hh:mm:ss, or off")]
    [InlineData("Cache:StaleAfter", "2d", "between 0s and 1d")]
    [InlineData("Cache:DefaultTtl", "off", "must be a duration")]
    [InlineData("Cache:Mode", "Maybe", "must be On, Observe or Off")]
    [InlineData("Cache:Mode", "1", "must be On, Observe or Off")]
    [InlineData("Isl:HttpVersion", "3", "must be 1.1 or 2")]
    [InlineData("Cache:SingleInstance", "yes", "must be true or false")]
    [InlineData("Isl:MaxConnections", "many", "must be a whole number")]
    [InlineData("Isl:MaxConnections", "0", "between 1 and 100000")]
    [InlineData("Isl:MaxConnections", "99999999999", "must be a whole number")]
    [InlineData("Cache:Jitter", "0.51", "between 0 and 0.5")]
    [InlineData("Cache:Jitter", "-0.1", "between 0 and 0.5")]
    [InlineData("Cache:Jitter", "NaN", "must be a number")]
    [InlineData("Cache:Memory:SizeLimit", "256M", "256MiB")]
    [InlineData("Cache:MaxEntrySize", "2GiB", "between 1B and 1GiB")]
    public void Load_UnreadableValue_NamesKeyValueAndRule(string key, string value, string rule)
    {
        var error = Assert.Single(Given.Errors((key, value)));
        Assert.Equal((key, value), (error.Key, error.Value));
        Assert.Contains(rule, error.Rule, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Cache:DefautTtl", "did you mean DefaultTtl?")]
    [InlineData("Cache:Memory:SizeLimits", "did you mean SizeLimit?")]
    [InlineData("Isl:BaseUri", "did you mean BaseUrl?")]
    [InlineData("Isl:BaseUrls", "did you mean BaseUrl?")]
    [InlineData("Management:ApiKey", "did you mean ApiKeys?")]
    [InlineData("Limits:Colour", "there are MaxRequestBodySize, MaxBufferedBytes")]
    [InlineData("Endpoints:Health:Draws", "is no setting")]
    [InlineData("Endpoints:Health:Session:Users", "did you mean User?")]
    [InlineData("Cache:DefaultTtl:Seconds", "Cache:DefaultTtl is one value")]
    public void Load_UnknownKey_IsRefusedWithAGuess(string key, string rule)
    {
        var error = Assert.Single(Given.Errors(("Endpoints:Health:Path", "/health"), (key, "5m")));
        Assert.Equal(key, error.Key);
        Assert.Contains(rule, error.Rule, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Endpoint:Health:Path", "did you mean Endpoints?")]
    [InlineData("Caches:Mode", "did you mean Cache?")]
    [InlineData("Isl", "is a section, not a value")]
    [InlineData("Endpoints", "is a section, not a value")]
    [InlineData("Cache:Memory", "is a section, not a value")]
    [InlineData("ConnectionStrings:Reddis", "did you mean ConnectionStrings:Redis?")]
    [InlineData("Logging:LogLevel:Default", "must be Trace, Debug")]
    [InlineData("Logging:Console:LogLevel:Yarp", "must be Trace, Debug")]
    [InlineData("ISL_BASE_URL", "did you mean Isl__BaseUrl?")]
    public void Load_MisplacedKey_IsRefusedWithAGuess(string key, string rule) =>
        Assert.Contains(rule, Assert.Single(Given.Errors((key, "x"))).ToString(), StringComparison.Ordinal);

    [Theory]
    [InlineData("PATH", "/usr/bin")]
    [InlineData("LIMIT", "5")]
    [InlineData("Kestrel:Endpoints:Gateway:Url", "http://localhost:1")]
    [InlineData("Logging:LogLevel:Default", "Debug")]
    [InlineData("Logging:Console:LogLevel:Default", "none")]
    [InlineData("ConnectionStrings:Orders", "Server=x")]
    public void Load_KeysOfOthers_AreLeftAlone(string key, string value) => Assert.NotNull(Given.Loaded((key, value)));

    [Fact]
    public void Load_ClientVariableBesideOurs_IsLeftAlone() =>
        Assert.Equal("http://isl", Given.Loaded(("ISL_BASE_URL", "http://other"), ("Isl:BaseUrl", "http://isl")).Isl.BaseUrl);

    [Fact]
    public void Load_ManyFaults_ReportsAllAtOnce()
    {
        var errors = Given.Errors(
            ("ISL_BASE_URL", "http://isl"),
            ("Isl:HealthInterval", "2"),
            ("Cache:Mode", "Maybe"),
            ("Cache:Colour", "red"),
            ("Cache:Prefix", "a b"),
            ("Endpoints:Lost:Ttl", "2s"));

        Assert.Equal(
            ["Isl:HealthInterval", "Cache:Colour", "Cache:Mode", "ISL_BASE_URL", "Cache:Prefix", "Endpoints:Lost:Path"],
            errors.Select(error => error.Key));
        var message = new SettingsException(errors).Message;
        Assert.StartsWith("6 settings are wrong:", message, StringComparison.Ordinal);
        Assert.Contains("  Cache:Mode = \"Maybe\": must be On, Observe or Off", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_UnreadableValue_DoesNotBreakARuleByItsDefault() =>
        Assert.Equal(
            ["Isl:EpochMaxAge"],
            Given.Errors(("Isl:EpochMaxAge", "300"), ("Isl:HealthInterval", "5m")).Select(error => error.Key));

    [Theory]
    [InlineData("A,B", new[] { "A", "B" })]
    [InlineData(" A , B ,", new[] { "A", "B" })]
    [InlineData("A", new[] { "A" })]
    public void List_OneValue_IsSplitAtCommas(string text, string[] expected) =>
        Assert.Equal(expected, Given.Loaded(("Credentials:Headers", text)).Credentials.Headers);

    [Fact]
    public void List_CommaInQuotes_SeparatesNothing() =>
        Assert.Equal(
            ["/a contains \"x, y\"", "/b exists"],
            Given.Loaded(("Endpoints:A:Path", "/a"), ("Endpoints:A:NeverStoreWhen", "/a contains \"x, y\", /b exists"))
                .Endpoints["A"].NeverStoreWhen!);

    [Fact]
    public void List_IndexChildren_KeepTheirOrder()
    {
        var values = Enumerable.Range(0, 12).Select(index => ($"Credentials:Headers:{index}", (string?)$"H{index}")).ToArray();
        Assert.Equal(values.Select(value => value.Item2), Given.Loaded(values).Credentials.Headers);
    }

    [Fact]
    public void List_NamedChildren_AreRefused() =>
        Assert.Contains("is a list", Assert.Single(Given.Errors(("Credentials:Headers:First", "A"))).Rule, StringComparison.Ordinal);

    [Theory]
    [InlineData("Credentials:Headers:0")]
    [InlineData("Credentials:Headers")]
    public void List_LaterSource_ReplacesItWhole(string key)
    {
        var configuration = new ConfigurationBuilder()
            .AddConfiguration(Given.Configuration(("Credentials:Headers:0", "A"), ("Credentials:Headers:1", "B")))
            .AddConfiguration(Given.Configuration((key, "C")))
            .Build();
        Assert.Equal(["C"], new SettingsLoader(configuration, isDevelopment: true, EndpointRules.Check).Load().Credentials.Headers);
    }

    [Theory]
    [InlineData("off", -1)]
    [InlineData("OFF", -1)]
    [InlineData("0s", 0)]
    [InlineData("1500ms", 1_500)]
    public void Load_StaleAfter_MayBeOff(string text, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Given.Loaded(("Cache:StaleAfter", text)).Cache.StaleAfter);
}
