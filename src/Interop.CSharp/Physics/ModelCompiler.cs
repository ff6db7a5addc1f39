using System.ComponentModel;

namespace MtrlFunctional.Physics;

/// <summary>Compiles MJCF documents of any origin, each in a process of its own (<c>native/loader.c</c>): a document cannot stop,
/// crash or exhaust this process, and opens no files outside a folder.</summary>
internal static class ModelCompiler
{
    private const string Program = "mtrl_mujoco_loader";

    private const long LongestShown = 16_000_000;

    // How a process ends by SIGPROF and SIGALRM, its limits of time.
    private const int OutOfProcessorTime = 128 + 27, OutOfTime = 128 + 14;

    /// <summary>Compiles a file, whose folder holds all files of the model, or a text, which can include no files.</summary>
    internal static ReadOnlySpan<byte> Compile(string name, string? file, string? folder, string? xml)
    {
        var (answer, exitCode) = Run(file is null ? [] : [folder!, file], xml ?? "");
        return answer.Length == 0
            ? throw new PhysicsException($"{name}: {Ending(exitCode)}")
            : (char)answer[0] switch
            {
                'M' => answer.AsSpan(1),
                'X' => throw XmlMistake.Of(name, xml ?? Document(file!), Text(answer)),
                _ => throw new PhysicsException($"MuJoCo failed while loading {name}: {Text(answer)}"),
            };
    }

    // Only to show the line of a mistake.
    private static string Document(string file)
    {
        try
        {
            return new FileInfo(file).Length < LongestShown ? File.ReadAllText(file) : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string Text(byte[] answer) => Encoding.UTF8.GetString(answer.AsSpan(1));

    private static string Ending(int exitCode) => exitCode switch
    {
        OutOfProcessorTime => "the model takes more processor time to compile than a second, and ten for each megabyte of its files.",
        OutOfTime => "the model is not compiled after a minute.",
        > 128 => $"MuJoCo stopped with signal {exitCode - 128} while it compiled the model.",
        _ => $"MuJoCo stopped with code {exitCode} while it compiled the model.",
    };

    private static (byte[] Answer, int ExitCode) Run(string[] words, string input)
    {
        var program = NativeFiles.Find(typeof(ModelCompiler).Assembly, Program);
        try
        {
            var start = new ProcessStartInfo(program, words)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            };

            // A library that is preloaded here, such as a sanitizer, may take more memory than the limit of the
            // process.
            start.Environment.Remove("LD_PRELOAD");
            using var process = Process.Start(start)!;
            Send(process, Encoding.UTF8.GetBytes(input));
            using var answer = new MemoryStream();
            process.StandardOutput.BaseStream.CopyTo(answer);
            process.WaitForExit();
            return (answer.ToArray(), process.ExitCode);
        }
        catch (Win32Exception e)
        {
            throw new PhysicsException($"{program}: could not be started ({e.Message}). Build the program anew ('dotnet build').", e);
        }
    }

    private static void Send(Process process, byte[] input)
    {
        try
        {
            using var stream = process.StandardInput.BaseStream;
            stream.Write(input);
        }
        catch (IOException)
        {
            // The process has ended already: its exit code is the answer.
        }
    }
}
