using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace IslGateway.Commands;

/// <summary>The usual help of a command, and after it its examples and exit codes.</summary>
internal sealed class ExampleHelp(HelpAction usual, IReadOnlyDictionary<Command, string> notes) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        usual.Invoke(parseResult);
        if (notes.TryGetValue(parseResult.CommandResult.Command, out var note)) parseResult.InvocationConfiguration.Output.WriteLine(note);
        return ExitCodes.Fine;
    }
}
