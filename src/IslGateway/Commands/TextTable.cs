using System.Text;

namespace IslGateway.Commands;

/// <summary>
/// A table in plain text, as wide as its content: the first column stands left, the others right. The same on a terminal, in a pipe and in
/// a file.
/// </summary>
internal sealed class TextTable(params string[] headings)
{
    private const string Gap = "  ";

    private readonly List<string[]> _rows = [headings];

    public void Add(params string[] cells) => _rows.Add(cells);

    public override string ToString()
    {
        var widths = headings.Select((_, column) => _rows.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in _rows)
        {
            var cells = row.Select((cell, column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]));
            text.Append(Gap).AppendLine(string.Join(Gap, cells).TrimEnd());
        }

        return text.ToString();
    }
}
