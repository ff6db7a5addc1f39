namespace MtrlFunctional.Cli.Tests

open System
open System.IO
open System.IO.Compression
open NUnit.Framework
open MtrlFunctional.Physics
open MtrlFunctional.Tests

/// The packages of the built projects, in a folder that holds nothing else of the repository.
[<TestFixture; NonParallelizable>]
module ``the packages`` =
    /// Runs `dotnet …` in a folder: exit code and output.
    let private dotnet (folder: string) (arguments: string list) =
        let code, out, err =
            ChildProcess.executeIn folder "dotnet" arguments [ "MSBUILDDISABLENODEREUSE", "1" ]

        code, out + err

    let private succeeds folder arguments =
        let code, out = dotnet folder arguments
        Assert.That(code, Is.EqualTo 0, out)
        out

    /// The folder where NuGet keeps the packages of this machine.
    let private machine =
        match Environment.GetEnvironmentVariable "NUGET_PACKAGES" with
        | null
        | "" ->
            let home = Environment.GetFolderPath Environment.SpecialFolder.UserProfile
            Path.Combine(home, ".nuget", "packages")
        | packages -> packages

    /// The feed is the only source of the packages under test, also where the machine has older ones; others come from the
    /// machine.
    let private writeSettings (folder: string) (feed: string) =
        File.WriteAllText(
            Path.Combine(folder, "nuget.config"),
            $"""
<configuration>
  <packageSources>
    <clear />
    <add key="feed" value="{feed}" />
    <add key="machine" value="{machine}" />
  </packageSources>
  <packageSourceMapping>
    <packageSource key="feed"><package pattern="MtrlFunctional*" /></packageSource>
    <packageSource key="machine"><package pattern="*" /></packageSource>
  </packageSourceMapping>
</configuration>"""
        )

        File.WriteAllText(
            Path.Combine(folder, "Directory.Build.props"),
            $"""
<Project>
  <PropertyGroup>
    <RestorePackagesPath>{folder}/packages</RestorePackagesPath>
    <NuGetAudit>false</NuGetAudit>
    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
  </PropertyGroup>
</Project>"""
        )

    let private inFolder body =
        let folder = Directory.CreateTempSubdirectory("mtrl-packages-").FullName

        try
            body folder
        finally
            Directory.Delete(folder, recursive = true)

    let private filesOf (package: string) =
        use archive = ZipFile.OpenRead package
        [ for entry in archive.Entries -> entry.FullName ]

    /// A policy of the packages acts, before the program needs physics or kernels.
    let private actFirst program =
        let text = File.ReadAllText program

        let lines =
            """
using (var shipped = Policy.Load("policy:mt10"))
{
    var chosen = new float[shipped.ActionSize];
    for (var task = 0; task < shipped.Tasks.Count; task++)
        shipped.Act(new float[shipped.ObservationSize], task, chosen);
    Console.WriteLine($"policy:mt10 acts in {shipped.Tasks.Count} tasks");
}
"""

        // The first statement of the program.
        let at = text.IndexOf "try\n"
        Assert.That(at, Is.GreaterThan 0)
        File.WriteAllText(program, text[.. at - 1] + lines + text[at..])

    /// What './mtrl physics --package' makes, with the system's library in place of its own.
    let private engines folder =
        let physics = Path.Combine(folder, "physics")

        for place in [ physics; Path.Combine(physics, "glibc-hwcaps", "x86-64-v3") ] do
            Directory.CreateDirectory place |> ignore
            File.Copy(Model.EngineFile, Path.Combine(place, "libmujoco.so.2.2.2"))

        File.WriteAllText(Path.Combine(physics, "LICENSE.mujoco"), "")
        physics

    let private words folder = [
        $"setup.base_path={folder}/runs"
        "agent.on_policy.episode_length=150"
        "agent.on_policy.batch_size=450"
        "agent.on_policy.minibatch_size=150"
        "experiment.num_train_steps=450"
        "experiment.num_eval_episodes=1"
    ]

    /// The packages in a folder below.
    let private pack folder =
        let feed = Path.Combine(folder, "feed")
        let physics = engines folder

        succeeds Repository.root [
            "build"
            "eng/package/Packages.proj"
            $"-p:Feed={feed}"
            $"-p:PhysicsPackage={physics}"
            "--nologo"
        ]
        |> ignore

        feed

    [<Test>]
    let ``hold libraries, models, policies and documentation`` () =
        inFolder (fun folder ->
            let feed = pack folder
            let facade = filesOf (Path.Combine(feed, "MtrlFunctional.0.1.0.nupkg"))

            for file in
                [
                    "lib/net10.0/MtrlFunctional.xml"
                    "runtimes/linux-x64/native/libmtrl_mujoco.so"
                    "runtimes/linux-x64/native/mtrl_mujoco_loader"
                    "physics/libmujoco.so.2.2.2"
                    "physics/glibc-hwcaps/x86-64-v3/libmujoco.so.2.2.2"
                    "physics/LICENSE.mujoco"
                    "assets/metaworld/reach.xml"
                    "assets/policies/mt10.onnx"
                    "buildTransitive/MtrlFunctional.targets"
                    "README.md"
                    "icon.png"
                ] do
                Assert.That(facade, Does.Contain file)

            Assert.That(
                filesOf (Path.Combine(feed, "MtrlFunctional.Kernels.0.1.0.nupkg")),
                Does.Contain "runtimes/linux-x64/native/libmtrl_kernels.so"
            )

            Assert.That(File.Exists(Path.Combine(feed, "MtrlFunctional.Core.0.1.0.snupkg")))

            let templates = filesOf (Path.Combine(feed, "MtrlFunctional.Templates.0.1.0.nupkg"))

            for file in [ "app/Program.cs"; "script/Mtrlscript.fsx"; "task/Mtrltask.fsx" ] do
                Assert.That(templates, Has.Some.EndsWith file))

    [<Test; Category(LongForm.only)>]
    let ``a program of the template restores from them alone, trains and acts`` () =
        inFolder (fun folder ->
            let feed = pack folder
            writeSettings folder feed
            let hive = [ "--debug:custom-hive"; Path.Combine(folder, "hive") ]
            let templates = Path.Combine(feed, "MtrlFunctional.Templates.0.1.0.nupkg")
            succeeds folder ([ "new"; "install"; templates ] @ hive) |> ignore

            for template in [ "app"; "script"; "task" ] do
                succeeds folder ([ "new"; $"mtrl-{template}"; "-o"; template ] @ hive) |> ignore

            Assert.That(File.Exists(Path.Combine(folder, "script", "script.fsx")))
            Assert.That(File.Exists(Path.Combine(folder, "task", "task.xml")))
            actFirst (Path.Combine(folder, "app", "Program.cs"))
            succeeds folder [ "build"; "app"; "-c"; "Release"; "--nologo" ] |> ignore

            let built = Path.Combine(folder, "app", "bin", "Release", "net10.0")
            let run = Path.Combine(built, "app.dll") :: words folder
            let native = Path.Combine(built, "runtimes", "linux-x64", "native")
            Assert.That(succeeds folder run, Does.Match "policy of 450 steps, in ONNX Runtime")

            let runtimes =
                Directory.GetFiles(built, "libonnxruntime.*", SearchOption.AllDirectories)

            Assert.That(runtimes, Is.EqualTo(box [| Path.Combine(native, "libonnxruntime.so") |]))

            let _, loaded, _ =
                ChildProcess.execute "ldd" [ Path.Combine(native, "libmtrl_mujoco.so") ] []

            Assert.That(loaded, Does.Match @"libmujoco\.so\S* => \S*/\.\./\.\./\.\./physics/")

            /// The program without a library of its folder.
            let without library =
                let file = Path.Combine(native, library)
                File.Move(file, file + ".away")
                let ended = dotnet folder run
                File.Move(file + ".away", file)
                ended

            let engine = "libmtrl_mujoco.so"
            let code, out = without engine
            Assert.That(code, Is.EqualTo 2, out)
            Assert.That(out, Does.Contain "policy:mt10 acts in 10 tasks")
            Assert.That(out, Does.Match $@"(?m)^{engine}: missing in .*{native}")
            Assert.That(out, Does.Not.Contain "   at ")

            // Kernels have plain forms.
            let code, out = without "libmtrl_kernels.so"
            Assert.That(code, Is.Zero, out))
