using System.Reflection;
using System.Runtime.CompilerServices;

namespace MtrlFunctional.Training;

/// <summary>Scripts whose errors are reported as the program's are, by a message instead of a stack trace; and scripts whose
/// extensions or runs a command uses: <c>mtrl video RUN --with arm.fsx</c>, <c>mtrl submit table.fsx</c>.</summary>
public static class Script
{
    private static volatile bool _isRead;

    /// <summary>Runs the body of a script. A failure that the user can fix, such as a wrong word or a missing library, ends the process:
    /// its message on standard error, its exit code. Where a command reads the script, the body does not run.</summary>
    /// <param name="body">
    /// The script, which may raise <see cref="MtrlException"/> or <see cref="DllNotFoundException"/>.
    /// </param>
    /// <returns>The result of the body; where it does not run, the default value.</returns>
    public static T Run<T>(Func<T> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        if (_isRead)
            return default!;
        try
        {
            return body();
        }
        catch (Exception e) when (e is MtrlException or DllNotFoundException)
        {
            Console.Error.WriteLine(e.Message);
            System.Environment.Exit(e is MtrlException failure ? failure.ExitCode : ExitCode.WrongInput);
            throw;
        }
    }

    /// <summary>The extensions of a compiled script or of a library.</summary>
    /// <param name="assembly">With one public static property or field of type <see cref="Extensions"/>, such as the <c>let extensions = …</c>
    /// of a script.</param>
    /// <exception cref="MtrlException">It has none, or several; or its code failed or trains outside of <see cref="Run"/>.</exception>
    public static Extensions ExtensionsOf(Assembly assembly)
    {
        const BindingFlags Static = BindingFlags.Static | BindingFlags.Public;
        ArgumentNullException.ThrowIfNull(assembly);
        return Read(() =>
        {
            var values = assembly.GetTypes().Where(type => type.IsPublic || type.IsNestedPublic)
                .SelectMany(type => type.GetProperties(Static).Where(property => property.PropertyType == typeof(Extensions))
                    .Select(property => (property.Name, Value: property.GetValue(null)))
                    .Concat(type.GetFields(Static).Where(field => field.FieldType == typeof(Extensions))
                        .Select(field => (field.Name, Value: field.GetValue(null)))))
                .Where(found => found.Value is not null)
                .DistinctBy(found => found.Value, ReferenceEqualityComparer.Instance)
                .ToList();
            return values.Count switch
            {
                1 => (Extensions)values[0].Value!,
                0 => throw new MtrlException("has no public value of type Extensions, such as: let extensions = Extensions(Environments = [ … ])."),
                _ => throw new MtrlException(
                    $"has {values.Count} public values of type Extensions, {string.Join(", ", values.Select(found => found.Name))}; one is needed."),
            };
        });
    }

    /// <summary>Runs the code of a script that was compiled as a library, without the bodies of <see cref="Run"/>.</summary>
    /// <param name="assembly">Of an F# script, whose lines run once in a process.</param>
    /// <exception cref="MtrlException">Its code failed, or trains outside of <see cref="Run"/>.</exception>
    public static void Read(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        Read(() =>
        {
            // The F# compiler puts the lines of a file into the constructors of types in this namespace.
            foreach (var type in assembly.GetTypes().Where(type => type.Namespace?.StartsWith("<StartupCode$", StringComparison.Ordinal) == true))
                RuntimeHelpers.RunClassConstructor(type.TypeHandle);
            return true;
        });
    }

    private static T Read<T>(Func<T> code)
    {
        _isRead = true;
        try
        {
            return code();
        }
        catch (ReflectionTypeLoadException e)
        {
            throw new MtrlException($"needs a library that is missing ({e.LoaderExceptions.FirstOrDefault()?.Message ?? e.Message})", inner: e);
        }
        catch (Exception e) when (e is TargetInvocationException or TypeInitializationException)
        {
            throw e.GetBaseException() is MtrlException known
                ? known
                : new MtrlException($"its code failed: {e.GetBaseException().Message}", inner: e);
        }
        finally
        {
            _isRead = false;
        }
    }

    /// <summary>Refuses to train where a command reads a script.</summary>
    internal static void RequireRun()
    {
        if (_isRead)
            throw new MtrlException("trains where it is only read. Write the training as Script.Run(fun () -> …), or as Run.train for mtrl submit.");
    }
}
