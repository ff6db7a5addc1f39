module MtrlFunctional.Cli.Tests.Programs.PackageTests

open Expecto
open Expecto.Flip
open System
open System.IO
open System.IO.Compression
open System.Net
open System.Net.Http
open System.Net.Http.Json
open System.Net.Sockets
open System.Reflection.PortableExecutable
open System.Text
open System.Text.Json
open System.Threading.Tasks
open MtrlFunctional.Physics
open MtrlFunctional.Policies
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Child
open MtrlFunctional.Training
open MtrlFunctional.Cli.Play
open MtrlFunctional.Cli.Tests
open MtrlFunctional.Cli.Tests.Watch

/// The packages of the built projects, in a folder that holds nothing else of the repository.
let ``the packages`` = [
    /// Runs `dotnet …` in a folder: exit code and output.
    let dotnet (folder: string) (arguments: string list) =
        let code, out, err =
            ChildProcess.executeIn folder "dotnet" arguments [ "MSBUILDDISABLENODEREUSE", "1" ]

        code, out + err

    let succeeds folder arguments =
        let code, out = dotnet folder arguments
        code |> Expect.equal out 0
        out

    /// The folder where NuGet keeps the packages of this machine.
    let machine =
        match Environment.GetEnvironmentVariable "NUGET_PACKAGES" with
        | null
        | "" ->
            let home = Environment.GetFolderPath Environment.SpecialFolder.UserProfile
            Path.Combine(home, ".nuget", "packages")
        | packages -> packages

    /// The feed is the only source of the packages under test, also where the machine has older ones; others come from the
    /// machine.
    let writeSettings (folder: string) (feed: string) =
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

    let filesOf (package: string) =
        use archive = ZipFile.OpenRead package
        [ for entry in archive.Entries -> entry.FullName ]

    /// Whether an assembly of a package has machine code beside that of .NET.
    let isCompiledAhead (package: string) (assembly: string) =
        use archive = ZipFile.OpenRead package
        use packed = (nonNull (archive.GetEntry assembly)).Open()
        use copied = new MemoryStream()
        packed.CopyTo copied
        copied.Position <- 0L
        use file = new PEReader(copied)
        (nonNull file.PEHeaders.CorHeader).ManagedNativeHeaderDirectory.Size > 0

    let write (folder: string) files =
        for name: string, text: string in files do
            let path = Path.Combine(folder, name)
            Directory.CreateDirectory(nonNull (Path.GetDirectoryName path)) |> ignore
            File.WriteAllText(path, text)

    /// A library for .NET Standard that acts with a policy, and a program of it. They name the package of policies alone.
    let writeActing folder =
        write folder [
            "robot/robot.csproj",
            """
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>netstandard2.1</TargetFramework></PropertyGroup>
  <ItemGroup><PackageReference Include="MtrlFunctional.Policies" Version="0.1.0" /></ItemGroup>
</Project>"""
            "robot/Robot.cs",
            """
using System.Collections.Generic;
using MtrlFunctional.Policies;

public static class Robot
{
    public static IEnumerable<float[]> Act(string source, double[] observation)
    {
        using var policy = OnnxPolicy.Load(source);
        foreach (var task in policy.Tasks)
            yield return policy.Act(observation, task);
    }
}"""
            "acts/acts.csproj",
            """
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <RuntimeIdentifier>linux-x64</RuntimeIdentifier>
    <SelfContained>false</SelfContained>
  </PropertyGroup>
  <ItemGroup><ProjectReference Include="../robot/robot.csproj" /></ItemGroup>
</Project>"""
            "acts/Program.cs",
            """
using System;
using System.Linq;

foreach (var action in Robot.Act(args[0], Enumerable.Range(0, 39).Select(i => Math.Sin(i)).ToArray()))
    Console.WriteLine(string.Join(" ", action));"""
        ]

    /// What that program prints.
    let actions (source: string) =
        use policy = Policy.Load source
        let observation = Array.init policy.ObservationSize (fun i -> sin (float i))

        String.concat "" [
            for task in policy.Tasks do
                let action = policy.Act(ReadOnlySpan observation, PolicyTask.op_Implicit task)
                String.Join(" ", action) + "\n"
        ]

    /// A policy of the packages acts, before the program needs physics or kernels.
    let actFirst program =
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
        at |> isAbove 0
        File.WriteAllText(program, text[.. at - 1] + lines + text[at..])

    /// What './mtrl physics --package' makes, with the system's library in place of its own.
    let engines folder =
        let physics = Path.Combine(folder, "physics")

        for place in [ physics; Path.Combine(physics, "glibc-hwcaps", "x86-64-v3") ] do
            Directory.CreateDirectory place |> ignore
            File.Copy(Model.EngineFile, Path.Combine(place, "libmujoco.so.2.2.2"))

        File.WriteAllText(Path.Combine(physics, "LICENSE.mujoco"), "")
        physics

    let words folder =
        Words.split
            $"setup.base_path={folder}/runs agent.on_policy.episode_length=150
            agent.on_policy.batch_size=450 agent.on_policy.minibatch_size=150
            experiment.num_train_steps=450 experiment.num_eval_episodes=1"

    /// The packages in a folder below.
    let pack folder =
        let feed = Path.Combine(folder, "feed")
        let physics = engines folder

        succeeds
            Repository.root
            (Words.split
                $"build eng/package/Packages.proj -p:Feed={feed} -p:PhysicsPackage={physics}
                --nologo")
        |> ignore

        feed

    /// Projects of the packages' templates, each in a folder of its name.
    let fromTemplates folder names =
        let feed = pack folder
        writeSettings folder feed
        let hive = [ "--debug:custom-hive"; Path.Combine(folder, "hive") ]
        let templates = Path.Combine(feed, "MtrlFunctional.Templates.0.1.0.nupkg")
        succeeds folder ([ "new"; "install"; templates ] @ hive) |> ignore

        for template in names do
            succeeds folder ([ "new"; $"mtrl-{template}"; "-o"; template ] @ hive) |> ignore

    let freePort () =
        use listener = new TcpListener(IPAddress.Loopback, 0)
        listener.Start()
        (listener.LocalEndpoint :?> IPEndPoint).Port

    if LongForm.isAsked then
        /// Seconds: MSBuild starts, and six packages are compressed.
        testCase "hold libraries, models, policies and documentation" (fun () ->
            let folder = TestFolder.create "package"
            let feed = pack folder
            let facade = filesOf (Path.Combine(feed, "MtrlFunctional.0.1.0.nupkg"))

            for file in
                Words.split
                    "lib/net10.0/MtrlFunctional.xml runtimes/linux-x64/native/libmtrl_mujoco.so
                    runtimes/linux-x64/native/mtrl_mujoco_loader physics/libmujoco.so.2.2.2
                    physics/glibc-hwcaps/x86-64-v3/libmujoco.so.2.2.2 physics/LICENSE.mujoco
                    assets/metaworld/reach.xml
                    buildTransitive/MtrlFunctional.targets README.md icon.png" do
                facade |> includes file

            for name, framework in
                [
                    "MtrlFunctional", "net10.0"
                    "MtrlFunctional.Core", "net10.0"
                    "MtrlFunctional.Kernels", "net10.0"
                    "MtrlFunctional.Cadm", "net10.0"
                    "MtrlFunctional.Policies", "net10.0"
                    "MtrlFunctional.Policies", "netstandard2.1"
                ] do
                isCompiledAhead
                    (Path.Combine(feed, $"{name}.0.1.0.nupkg"))
                    $"lib/{framework}/{name}.dll"
                |> isFalse

            filesOf (Path.Combine(feed, "MtrlFunctional.Kernels.0.1.0.nupkg"))
            |> includes "runtimes/linux-x64/native/libmtrl_kernels.so"

            Path.Combine(feed, "MtrlFunctional.Core.0.1.0.snupkg") |> isFile

            let templates = filesOf (Path.Combine(feed, "MtrlFunctional.Templates.0.1.0.nupkg"))

            for file in
                Words.split
                    "app/Program.cs script/Mtrl-script.fsx task/Mtrl-task.fsx web/Program.cs" do
                templates |> List.filter _.EndsWith(file) |> isNotEmpty)

        testCase "a program of the template restores from them alone, trains and acts" (fun () ->
            let folder = TestFolder.create "package"
            fromTemplates folder [ "app"; "script"; "task" ]

            Path.Combine(folder, "script", "script.fsx") |> isFile
            Path.Combine(folder, "task", "task.xml") |> isFile
            actFirst (Path.Combine(folder, "app", "Program.cs"))
            succeeds folder [ "build"; "app"; "-c"; "Release"; "--nologo" ] |> ignore

            let built = Path.Combine(folder, "app", "bin", "Release", "net10.0")
            let run = Path.Combine(built, "app.dll") :: words folder
            let native = Path.Combine(built, "runtimes", "linux-x64", "native")
            succeeds folder run |> matches "policy of 450 steps, in ONNX Runtime"

            let runtimes =
                Directory.GetFiles(built, "libonnxruntime.*", SearchOption.AllDirectories)

            runtimes |> equals [| Path.Combine(native, "libonnxruntime.so") |]

            let _, loaded, _ =
                ChildProcess.execute "ldd" [ Path.Combine(native, "libmtrl_mujoco.so") ] []

            loaded |> matches @"libmujoco\.so\S* => \S*/\.\./\.\./\.\./physics/"

            /// The program without a library of its folder.
            let without library =
                let file = Path.Combine(native, library)
                File.Move(file, file + ".away")
                let ended = dotnet folder run
                File.Move(file + ".away", file)
                ended

            let engine = "libmtrl_mujoco.so"
            let code, out = without engine
            code |> Expect.equal out 2
            out |> contains "policy:mt10 acts in 10 tasks"
            out |> matches $@"(?m)^{engine}: missing in .*{native}"
            out |> lacks "   at "

            // Kernels have plain forms.
            let code, out = without "libmtrl_kernels.so"
            code |> Expect.equal out 0)

        testCase "the command line is a tool, with all that it needs" (fun () ->
            let folder = TestFolder.create "tool"
            let feed = pack folder
            writeSettings folder feed

            succeeds
                folder
                (Words.split
                    $"tool install MtrlFunctional.Tool --version 0.1.0 --tool-path {folder}/tools")
            |> ignore

            let mtrl arguments =
                let program = Path.Combine(folder, "tools", "mtrl")
                let code, out, err = ChildProcess.executeIn folder program arguments []
                code |> Expect.equal (out + err) 0
                out

            let doctor = mtrl [ "doctor" ]
            doctor |> contains $"{folder}/tools/"
            doctor |> lacks "./mtrl physics"

            mtrl (Words.split "demo door-open --policy policy:mt10 --plain")
            |> contains "success at any step 100 %"

            mtrl [ "new"; "task"; "arm" ] |> ignore
            succeeds folder [ "fsi"; "arm.fsx" ] |> contains "its film is arm.gif"
            mtrl (Words.split "eval runs/arm/seed-1 --with arm.fsx") |> contains "average"

            if (PlayPackages.folderAbove AppContext.BaseDirectory).IsSome then
                mtrl (Words.split "play --export page") |> contains "page/index.html")

        testCase "the web service of the template acts with a policy for many at once" (fun () ->
            let folder = TestFolder.create "web"
            fromTemplates folder [ "web" ]
            succeeds folder [ "build"; "web"; "-c"; "Release"; "--nologo" ] |> ignore
            let service = Path.Combine(folder, "web")
            let program = Path.Combine(service, "bin", "Release", "net10.0", "web.dll")
            let address = $"http://127.0.0.1:{freePort ()}"

            let code, out = dotnet service [ program; "--policy"; "policy:mt1O" ]
            code |> Expect.equal out 2
            out |> contains "policy:mt1O: no such policy."

            use running = ChildProcess.startIn service "dotnet" [ program; "--urls"; address ]
            use client = new HttpClient(BaseAddress = Uri address)

            let isUp () =
                try
                    client.GetAsync("/tasks").Result.IsSuccessStatusCode
                with _ ->
                    false

            Waiting.Until("an answer of the service", isUp)
            use policy = Policy.Load "policy:mt50"
            let observation = Array.init 39 (fun i -> sin (float i))

            let ask (task: string) numbers =
                use answer = client.PostAsJsonAsync($"/act/{task}", numbers).Result
                int answer.StatusCode, answer.Content.ReadAsStringAsync().Result

            let asked =
                policy.Tasks |> Seq.map (fun task -> Task.Run(fun () -> ask task observation))

            for task, answer in Seq.zip policy.Tasks (Task.WhenAll(asked).Result) do
                let expected = policy.Act(ReadOnlySpan observation, PolicyTask.op_Implicit task)
                fst answer |> Expect.equal (snd answer) 200
                JsonSerializer.Deserialize<float32[]>(snd answer) |> equals expected

            for task, numbers, part in
                [
                    "dor-open", observation, "no task 'dor-open'"
                    "reach", [| 1.0 |], "Has 1 numbers"
                    "reach", Unchecked.defaultof<float[]>, "Has 0 numbers"
                ] do
                let code, message = ask task numbers
                code |> Expect.equal message 400
                message |> contains part

            for text, kind, part in
                [
                    "[0.1, 0,2", "application/json", "BytePositionInLine"
                    "\"door\"", "application/json", "could not be converted"
                    "[0.1]", "text/plain", "text/plain"
                ] do
                use body = new StringContent(text, Encoding.UTF8, kind)
                use answer = client.PostAsync("/act/reach", body).Result
                let message = answer.Content.ReadAsStringAsync().Result
                int answer.StatusCode |> Expect.equal message 400
                message |> contains part

            client.GetStringAsync("/").Result |> contains "A policy acts"

            // The page of 'mtrl play', where its packages are.
            if (PlayPackages.folderAbove AppContext.BaseDirectory).IsSome then
                use browser = DevTools.Start(1280, 800, "--enable-unsafe-swiftshader")
                let link = "document.getElementById('play').hidden"
                let isAsked = "document.getElementById('action').textContent !== ''"
                browser.Open(address + "/")
                browser.Await(isAsked, "True")
                browser.Value link |> equals "True"

                let page = Path.Combine(service, "wwwroot", "play")
                Capture.does [ "play"; "--export"; page ]
                browser.Open(address + "/")
                browser.Await(link, "False")
                browser.Value "document.querySelector('#play a').click()" |> ignore
                browser.Await("play.player.episode.steps > 2", "True")

            ChildProcess.terminate running)

        testCase "a program that only acts needs that of policies alone" (fun () ->
            let folder = TestFolder.create "acts"
            let feed = pack folder
            writeSettings folder feed
            writeActing folder
            succeeds folder [ "build"; "acts"; "-c"; "Release"; "--nologo" ] |> ignore
            let built = Path.Combine(folder, "acts", "bin", "Release", "net10.0", "linux-x64")

            [ for file in Directory.GetFiles(built, "*.dll") -> Path.GetFileName file ]
            |> List.sort
            |> equals [
                "Microsoft.ML.OnnxRuntime.dll"
                "MtrlFunctional.Policies.dll"
                "System.Numerics.Tensors.dll"
                "acts.dll"
                "robot.dll"
            ]

            let file = Path.Combine(folder, "policy.onnx")
            Capture.does [ "export"; "policy:mt50"; "--onnx"; file ]

            let act source =
                succeeds folder [ Path.Combine(built, "acts.dll"); source ]

            for source in [ "policy:mt10"; file ] do
                act source |> equals (actions source)

            // As a runtime other than .NET loads it.
            use archive =
                ZipFile.OpenRead(Path.Combine(feed, "MtrlFunctional.Policies.0.1.0.nupkg"))

            let library = "MtrlFunctional.Policies.dll"

            (nonNull (archive.GetEntry $"lib/netstandard2.1/{library}"))
                .ExtractToFile(Path.Combine(built, library), true)

            act "policy:mt10" |> equals (actions "policy:mt10"))

        testTheory
            "a program with a policy is published"
            [
                for form in [ "PublishSingleFile"; "PublishTrimmed"; "PublishAot" ] do
                    "all", form
                    "policies", form
            ]
            (fun (part, form) ->
                let folder = TestFolder.create "published"
                let feed = pack folder

                let package, program, printed =
                    if part = "all" then
                        "MtrlFunctional",
                        """
using var policy = MtrlFunctional.Training.Policy.Load("policy:mt10");
using var environment = MtrlFunctional.Environments.Gym.MetaWorld.Make("door-open", new() { Seed = 1 });
var played = policy.Play(environment);
System.Console.WriteLine($"success {played.Success} in {played.Steps} steps");""",
                        "success True in 500 steps"
                    else
                        "MtrlFunctional.Policies",
                        """
using var policy = MtrlFunctional.Policies.OnnxPolicy.Load("policy:mt10");
var action = policy.Act(new double[policy.ObservationSize], "door-open");
System.Console.WriteLine($"{action.Length} of {policy.ActionSize} numbers, {policy.Card!.Successes} successes");""",
                        "4 of 4 numbers, 500 successes"

                // The SDK fetches packages of its own, beside those of the feed.
                write folder [
                    "nuget.config",
                    $"""<configuration><packageSources><add key="feed" value="{feed}" /></packageSources></configuration>"""
                    "Directory.Build.props",
                    $"""<Project><PropertyGroup><RestorePackagesPath>{folder}/packages</RestorePackagesPath></PropertyGroup></Project>"""
                    "acts.csproj",
                    $"""
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework></PropertyGroup>
  <ItemGroup><PackageReference Include="{package}" Version="0.1.0" /></ItemGroup>
</Project>"""
                    "Program.cs", program
                ]

                let out = Path.Combine(folder, "out")

                succeeds folder [
                    "publish"
                    "-r"
                    "linux-x64"
                    "-o"
                    out
                    "--nologo"
                    $"-p:{form}=true"
                ]
                |> ignore

                let code, out, error = ChildProcess.execute (Path.Combine(out, "acts")) [] []

                code |> Expect.equal error 0
                out |> contains printed)
]
