using System.Collections;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using MtrlFunctional.Policies;

namespace MtrlFunctional.Tests;

/// <summary>No public member follows a null that its parameter does not allow: what refuses null, says what was null.</summary>
public class NullArgumentTests
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly NullabilityInfoContext Nullability = new();

    private static IEnumerable<Assembly> Assemblies => [typeof(TrainingRun).Assembly, typeof(OnnxPolicy).Assembly];

    [TestCaseSource(nameof(Assemblies))]
    public void NullEndsInNoNullReferenceException(Assembly assembly)
    {
        using var folder = new TemporaryFolder();
        var wrong =
            from type in assembly.GetExportedTypes()
            where !type.IsInterface && !type.ContainsGenericParameters && !typeof(Delegate).IsAssignableFrom(type)
            from member in Members(type)
            from parameter in member.GetParameters()
            where IsNeeded(parameter)
            let found = Found(member, parameter, Path.Combine(folder.Path, "x"))
            where found is NullReferenceException
            select $"{type.Name}.{member.Name}({string.Join(", ", member.GetParameters().Select(p => p.ParameterType.Name))}) {parameter.Name}{found.StackTrace!.Split('\n')[0]}";
        Assert.That(string.Join('\n', wrong), Is.Empty);
    }

    private static IEnumerable<MethodBase> Members(Type type)
    {
        // The compiler writes the members of records, which keep what they are given.
        var isRecord = type.GetMethod("PrintMembers", BindingFlags.NonPublic | BindingFlags.Instance) is not null;
        var methods = type.GetMethods(Declared)
            .Where(method => !method.IsSpecialName && !method.IsAbstract && !method.IsDefined(typeof(CompilerGeneratedAttribute)))
            .Select(method => method.IsGenericMethodDefinition ? Closed(method) : method);
        return methods.Concat<MethodBase>(type.IsAbstract || isRecord ? [] : type.GetConstructors())
            .Where(member => !member.GetParameters().Any(parameter => parameter.ParameterType.IsByRefLike || parameter.ParameterType.IsByRef));
    }

    private static MethodInfo Closed(MethodInfo method) =>
        method.MakeGenericMethod([.. method.GetGenericArguments().Select(argument =>
            argument.GenericParameterAttributes.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint) ? typeof(float) : typeof(object))]);

    private static bool IsNeeded(ParameterInfo parameter) =>
        !parameter.ParameterType.IsValueType && Nullability.Create(parameter).WriteState == NullabilityState.NotNull;

    /// <summary>The exception of a call with null for one parameter.</summary>
    private static Exception? Found(MethodBase member, ParameterInfo parameter, string path)
    {
        var arguments = member.GetParameters().Select(other => other.Position == parameter.Position ? null : Any(other.ParameterType, path)).ToArray();
        try
        {
            var result = member is ConstructorInfo constructor
                ? constructor.Invoke(arguments)
                : member.Invoke(member.IsStatic ? null : Blank(member.DeclaringType!), arguments);
            (result as Task)?.GetAwaiter().GetResult();
            return null;
        }
        catch (Exception e)
        {
            return e is TargetInvocationException ? e.InnerException : e;
        }
    }

    /// <summary>An object whose constructor did not run: arguments are looked at first.</summary>
    private static object Blank(Type type)
    {
        // Its members add to what it has before they look at the last argument.
        if (type == typeof(ExperimentBuilder))
            return ExperimentBuilder.Of();
        var blank = RuntimeHelpers.GetUninitializedObject(type);
        GC.SuppressFinalize(blank);
        return blank;
    }

    /// <summary>Some value of a type; null where there is none.</summary>
    private static object? Any(Type type, string path)
    {
        if (type == typeof(string))
            return path;
        if (type.IsArray)
            return Array.CreateInstance(type.GetElementType()!, 0);
        if (typeof(Delegate).IsAssignableFrom(type))
        {
            var call = type.GetMethod("Invoke")!;
            return Expression.Lambda(
                type, Expression.Default(call.ReturnType), call.GetParameters().Select(p => Expression.Parameter(p.ParameterType))).Compile();
        }

        if (type.IsInterface && type.IsGenericType && typeof(IEnumerable).IsAssignableFrom(type))
        {
            var list = Array.CreateInstance(type.GetGenericArguments()[0], 0);
            return type.IsInstanceOfType(list) ? list : null;
        }

        if (type.IsInterface)
            return DispatchProxy.Create(type, typeof(Nothing));
        return type.IsAbstract ? null : Blank(type);
    }

    /// <summary>An object of any interface, of which nothing is asked.</summary>
    public class Nothing : DispatchProxy
    {
        /// <inheritdoc/>
        protected override object? Invoke(MethodInfo? method, object?[]? arguments) => throw new NotSupportedException(method?.Name);
    }
}
