# The commands of the README in a container:
#
#   docker build -t mtrl .
#   docker run --rm -v "$PWD/runs:/mtrl/runs" mtrl quickstart --plain
#   docker run --rm mtrl test
#
# Debian 12 has the version of MuJoCo that the results were measured with; Microsoft's image of the SDK is of another
# distribution.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS sdk

FROM debian:12
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates ffmpeg libicu72 libssl3 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=sdk /usr/share/dotnet /usr/share/dotnet
RUN ln -s /usr/share/dotnet/dotnet /usr/bin/dotnet
WORKDIR /mtrl
COPY . .
RUN ./mtrl --yes build
ENTRYPOINT ["./mtrl"]
CMD ["quickstart", "--plain"]
