# Two images: the gateway (the default), and `--target simulator`, the stand-in for ISL.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source

# The project files alone: the restored packages stay cached until one of these changes.
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt ./
COPY src/IslGateway/IslGateway.csproj src/IslGateway/
COPY src/IslSimulator/IslSimulator.csproj src/IslSimulator/
RUN dotnet restore src/IslGateway/IslGateway.csproj --use-current-runtime

# For the runtime that it is built on, so that the code is compiled ahead (ReadyToRun). The analyzers have their say before a change is taken.
COPY .editorconfig ./
COPY src src
RUN dotnet publish src/IslGateway/IslGateway.csproj -c Release -o /app --no-restore --use-current-runtime --no-self-contained \
    -p:RunAnalyzers=false

# The command by its name, for `docker exec CONTAINER islgateway purge --all`.
RUN mkdir /command && ln -s /app/IslGateway /command/islgateway

# Neither shell nor package manager: nothing in it but .NET and the gateway. Its files belong to root, anybody may read them and nothing is
# written: it runs with a read-only file system and under any user id.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled AS runtime
WORKDIR /app
COPY --from=build /app ./
COPY --from=build /command/ /usr/local/bin/
USER $APP_UID

FROM runtime AS simulator
LABEL org.opencontainers.image.title="IslGateway's ISL simulator" \
      org.opencontainers.image.description="A stand-in for ISL, for development and tests: its numbers are not ISL's" \
      org.opencontainers.image.licenses="MIT"
ENV ASPNETCORE_HTTP_PORTS= \
    Simulate__Url=http://0.0.0.0:8000
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=3 CMD ["dotnet", "IslGateway.dll", "health", "--simulator"]
ENTRYPOINT ["dotnet", "IslGateway.dll", "simulate"]

FROM runtime AS gateway
LABEL org.opencontainers.image.title="IslGateway" \
      org.opencontainers.image.description="A caching reverse proxy between PLoT and ISL" \
      org.opencontainers.image.licenses="MIT"
# The listeners are the gateway's own two; ASP.NET's default port would only draw a warning that it is overridden.
ENV ASPNETCORE_HTTP_PORTS= \
    Kestrel__Endpoints__Gateway__Url=http://0.0.0.0:8080 \
    Kestrel__Endpoints__Management__Url=http://0.0.0.0:8081
EXPOSE 8080 8081
# Ready: it should be sent requests. ISL or Redis being away changes nothing about that; being told to stop does.
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=3 CMD ["dotnet", "IslGateway.dll", "health"]
# A verb may follow: `docker run IMAGE demo`.
ENTRYPOINT ["dotnet", "IslGateway.dll"]
