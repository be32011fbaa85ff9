using IslGateway.Endpoints;
using IslGateway.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Primitives;

namespace IslGateway.UnitTests.Settings.Reading;

public sealed class HeldJsonFileTests : IDisposable
{
    private const string Name = "appsettings.json";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();
    private readonly ChangedWhenTold _files;
    private readonly ConfigurationManager _configuration = new();
    private readonly SettingsMonitor _monitor;

    public HeldJsonFileTests()
    {
        _files = new ChangedWhenTold(new PhysicalFileProvider(_folder.FullName));
        File.WriteAllText(Path, """{"Cache":{"Mode":"Observe"}}""");
        var source = new JsonConfigurationSource { Path = Name, FileProvider = _files, ReloadOnChange = true, ReloadDelay = 0 };
        ((IConfigurationBuilder)_configuration).Add(source);
        _configuration.HoldFiles();
        _monitor = new SettingsMonitor(
            new SettingsLoader(_configuration, isDevelopment: true, EndpointRules.Check), NullLogger<SettingsMonitor>.Instance);
    }

    private string Path => System.IO.Path.Combine(_folder.FullName, Name);

    [Theory]
    [InlineData("{ no", "is no valid JSON: line 1, byte 3")]
    [InlineData("[]", "is no JSON of settings")]
    [InlineData("", "is no valid JSON")]
    [InlineData("""{"Cache":{"Mode":"Off"},"cache":{"mode":"On"}}""", "is no JSON of settings")]
    public void Reload_FileCannotBeRead_IsRefusedAndWhatItSaidHolds(string text, string fault)
    {
        Change(text);

        Assert.False(_monitor.LastReloadSuccessful);
        Assert.Equal(CacheMode.Observe, _monitor.Current.Cache.Mode);
        Assert.Equal("Observe", _configuration["Cache:Mode"]);
        Assert.Contains(fault, Assert.Single(Given.Errors(_configuration)).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Reload_OfAnotherSourceMeanwhile_DoesNotLoseTheFile()
    {
        Change("{ no");
        _configuration.AddInMemoryCollection([KeyValuePair.Create("Cache:Jitter", (string?)"0")]);

        Assert.Equal(CacheMode.Observe, _monitor.Current.Cache.Mode);
        Assert.Equal(0.1, _monitor.Current.Cache.Jitter);
        Assert.False(_monitor.LastReloadSuccessful);
    }

    [Fact]
    public void Reload_FileMendedOrGone_IsTaken()
    {
        Change("{ no");
        Change("""{"Cache":{"Mode":"Off"}}""");
        Assert.Equal((true, CacheMode.Off), (_monitor.LastReloadSuccessful, _monitor.Current.Cache.Mode));

        Change("{ no");
        Change(null);
        Assert.Equal((true, CacheMode.On), (_monitor.LastReloadSuccessful, _monitor.Current.Cache.Mode));
    }

    public void Dispose()
    {
        _monitor.Dispose();
        _configuration.Dispose();
        _folder.Delete(recursive: true);
    }

    private void Change(string? text)
    {
        if (text is null) File.Delete(Path);
        else File.WriteAllText(Path, text);
        _files.Tell();
    }

    /// <summary>A folder whose changes are told by the test.</summary>
    private sealed class ChangedWhenTold(PhysicalFileProvider files) : IFileProvider
    {
        private ConfigurationReloadToken _told = new();

        public void Tell() => Interlocked.Exchange(ref _told, new ConfigurationReloadToken()).OnReload();

        public IFileInfo GetFileInfo(string subpath) => files.GetFileInfo(subpath);

        public IDirectoryContents GetDirectoryContents(string subpath) => files.GetDirectoryContents(subpath);

        public IChangeToken Watch(string filter) => _told;
    }
}
