using IslGateway.Settings.Reading;

namespace IslGateway.UnitTests.Settings;

public sealed class EncryptionKeyRulesTests
{
    private const string Name = "Cache:EncryptionKeys";

    [Theory]
    [InlineData("hunter2")]
    [InlineData("")]
    [InlineData("aHVudGVyMg==")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("-_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    public void Check_NoKey_NamesItsPlaceAndTheRuleAndNotTheText(string text)
    {
        var error = Assert.Single(Given.Errors((Name + ":0", Key(1)), (Name + ":1", text)));

        Assert.Equal((Name, SettingsError.Hidden), (error.Key, error.Value));
        Assert.Contains("base64 of exactly 32 bytes", error.Rule, StringComparison.Ordinal);
        Assert.Contains("number 2 is not", error.Rule, StringComparison.Ordinal);
        if (text.Length > 0) Assert.DoesNotContain(text, new SettingsException([error]).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Check_SameKeyTwice_NamesBothPlaces() =>
        Assert.Contains(
            "number 3 is the same as number 1", Assert.Single(Given.Errors((Name, $"{Key(1)},{Key(2)},{Key(1)}"))).Rule,
            StringComparison.Ordinal);

    [Fact]
    public void Check_TooMany_NamesTheBound()
    {
        var keys = Enumerable.Range(0, 9).Select(i => Key((byte)i)).ToArray();

        Assert.Contains(
            "at most 8 keys, and is 9", Assert.Single(Given.Errors((Name, string.Join(',', keys)))).Rule, StringComparison.Ordinal);
        Assert.Equal(keys[..8], Given.Loaded((Name, string.Join(',', keys[..8]))).Cache.EncryptionKeys);
    }

    [Fact]
    public void Check_NumberedOrInOneValue_AreTheSame()
    {
        Assert.Equal([Key(1), Key(2)], Given.Loaded((Name + ":0", Key(1)), (Name + ":1", Key(2))).Cache.EncryptionKeys);
        Assert.Equal([Key(1), Key(2)], Given.Loaded((Name, $"{Key(1)}, {Key(2)}\n")).Cache.EncryptionKeys);
        Assert.Empty(Given.Loaded((Name, "")).Cache.EncryptionKeys);
    }

    private static string Key(byte number) => Convert.ToBase64String([.. Enumerable.Repeat(number, 32)]);
}
