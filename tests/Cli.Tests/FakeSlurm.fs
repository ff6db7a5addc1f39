/// Programs in the place of Slurm's.
module MtrlFunctional.Cli.Tests.FakeSlurm

open System
open System.IO
open MtrlFunctional.Tests

/// A folder with programs of these names and texts for a shell.
let create (programs: (string * string) list) =
    let place = TestFolder.create "programs"

    for name, text in programs do
        let program = Path.Combine(place, name)
        File.WriteAllText(program, $"#!/bin/sh\n{text}\n")
        File.SetUnixFileMode(program, File.GetUnixFileMode program ||| UnixFileMode.UserExecute)

    place

/// `mtrl WORDS` in a folder, which finds these programs alone: exit code, output and errors.
let mtrl folder place words =
    ChildProcess.executeIn folder "dotnet" (ChildProcess.mtrl :: words) [ "PATH", place ]

/// Runs all members of an array at once, with the programs of the system; waits for them.
let sbatch =
    let path = Environment.GetEnvironmentVariable "PATH"

    $"""export PATH="{path}"
log=$(sed -n 's/^#SBATCH --output="\(.*\)"$/\1/p' "$2")
for member in $(sed -n 's/^\([0-9]*\)) .*/\1/p' "$2"); do
    SLURM_ARRAY_TASK_ID=$member SLURM_JOB_ID=$member bash "$2" > "${{log%%%%%%a*}}$member${{log##*%%a}}" &
done
wait
echo 17"""
