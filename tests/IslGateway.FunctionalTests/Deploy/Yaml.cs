using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace IslGateway.FunctionalTests.Deploy;

/// <summary>A place in a YAML file. What is not there is read as nothing, until its text or number is asked for.</summary>
internal sealed class Yaml
{
    private readonly YamlNode? _node;
    private readonly string _path;

    private Yaml(YamlNode? node, string path) => (_node, _path) = (node, path);

    public bool Exists => _node is not null;

    public string Text => (_node as YamlScalarNode)?.Value ?? throw new InvalidOperationException($"{_path} is no text.");

    public int Number => int.Parse(Text, CultureInfo.InvariantCulture);

    /// <summary>The items of a list; none where nothing is there.</summary>
    public IReadOnlyList<Yaml> Items => _node switch
    {
        null => [],
        YamlSequenceNode list => [.. list.Select((item, i) => new Yaml(item, $"{_path}[{i}]"))],
        _ => throw new InvalidOperationException($"{_path} is no list."),
    };

    public IReadOnlyList<string> Texts => [.. Items.Select(item => item.Text)];

    /// <summary>The members of a map; none where nothing is there.</summary>
    public IReadOnlyDictionary<string, Yaml> Members => _node switch
    {
        null => new Dictionary<string, Yaml>(),
        YamlMappingNode map => map.ToDictionary(
            pair => ((YamlScalarNode)pair.Key).Value!, pair => new Yaml(pair.Value, $"{_path}.{pair.Key}"), StringComparer.Ordinal),
        _ => throw new InvalidOperationException($"{_path} is no map."),
    };

    /// <summary>A map from texts to texts.</summary>
    public IReadOnlyDictionary<string, string> Pairs => Members.ToDictionary(pair => pair.Key, pair => pair.Value.Text);

    /// <summary>The member under a key; a dot leads on into it, which no key here has that is looked up so.</summary>
    public Yaml this[string keys] => keys.Split('.').Aggregate(this, (at, key) => at.Member(key));

    /// <summary>Reads a file that holds one document; a key that is there twice is an error.</summary>
    public static Yaml Read(string file)
    {
        using var reader = File.OpenText(Checkout.PathOf(file));
        var stream = new YamlStream();
        stream.Load(reader);
        return new Yaml(Assert.Single(stream.Documents).RootNode, file);
    }

    public override string ToString() => _path;

    private Yaml Member(string key) => Members.TryGetValue(key, out var member) ? member : new Yaml(null, $"{_path}.{key}");
}
